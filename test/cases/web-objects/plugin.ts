import type { Plugin } from 'postern/plugin'

export const Copy: Plugin = async (c) => {
  if (c.req.path === '/api/request') {
    const copy = new Request(c.req.raw)
    return c.json({ method: copy.method, url: copy.url, token: copy.headers.get('X-Token'), body: await copy.text() })
  }
  if (c.req.path === '/api/headers') return c.json(Object.fromEntries(new Headers(c.req.raw.headers)))
  if (c.req.path === '/api/instances') {
    return c.json([c.req.raw instanceof Request, c.req.raw.headers instanceof Headers, c.req.raw.signal instanceof AbortSignal])
  }
  if (c.req.path === '/api/fetch') {
    const target = `${c.var.definition.proxy.target_url}/fetched`
    return await fetch(new Request(target, c.req.raw))
  }
}

export const CopyBack: Plugin = (c) => {
  c.res = new Response(c.res.body, c.res)
  c.res.headers.set('X-Copied', String(c.res instanceof Response))
}
