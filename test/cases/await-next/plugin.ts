import type { Plugin } from 'postern/plugin'

export const Wrap: Plugin = async (c, next) => {
  await next()
  c.res.headers.set('X-Seen-Status', String(c.res.status))
  c.res.headers.delete('X-Internal')
}

export const Inner: Plugin = (c) => {
  if (c.req.path === '/api/inner') return c.text('from the inner plugin', 403)
}
