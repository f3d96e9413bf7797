import type { Plugin } from 'postern/plugin'

export const Change: Plugin = async (c) => {
  if (c.req.path === '/all/answer') return c.text('answered', 201, { 'Set-Cookie': 'sid=secret' })
  if (c.req.path === '/all/read') return c.text(`read ${(await c.req.text()).length}`)
  if (c.req.path === '/all/replace') c.req.raw = new Request(c.req.raw.url, { method: 'PUT', body: 'replaced' })
  c.req.raw.headers.set('X-Added', 'yes')
}
