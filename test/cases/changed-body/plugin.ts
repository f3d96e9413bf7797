import type { Plugin } from 'postern/plugin'

export const Change: Plugin = async (c) => {
  if (c.req.path === '/api/headers-only') {
    c.res.headers.set('X-Touched', '1')
    return
  }
  const text = await c.res.text()
  c.res = new Response(text.toUpperCase(), c.res)
  if (c.req.path === '/api/own-tag') c.res.headers.set('ETag', '"new"')
}
