import type { Plugin } from 'postern/plugin'

export const Post: Plugin = (c) => {
  c.req.raw.headers.set('X-Plugin', c.req.method)
}
