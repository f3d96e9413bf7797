import type { Plugin } from 'postern/plugin'

export const Read: Plugin = async (c) => {
  if (c.req.path === '/api/read-only') c.res.headers.set('X-Length', String((await c.res.text()).length))
  else return c.json({ seen: await c.res.json() })
}
