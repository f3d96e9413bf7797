import type { Plugin } from 'postern/plugin'

export const Read: Plugin = async (c) => {
  await c.req.text()
}
