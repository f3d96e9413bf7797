import type { Plugin } from 'postern/plugin'

export const Fine: Plugin = (c) => {
  c.req.raw.headers.set('X-Fine', '1')
}
