import { ctx, headers, type Plugin } from 'postern/plugin'

export const Before: Plugin = (c) => {
  c.header('X-Before', 'yes')
  if (c.req.path.endsWith('/text')) return c.text('text')
  if (c.req.path.endsWith('/response')) return new Response('response', { headers: { 'Access-Control-Allow-Origin': '*' } })
  if (c.req.path.endsWith('/throw')) throw new Error('thrown')
}

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization)
  if (key === 'abc') ctx.setSession(c, { alias: 'doors' }, key)
}

export const Around: Plugin = async (c, next) => {
  await next()
  if (c.req.path.endsWith('/around')) return new Response('around')
}

export const Seen: Plugin = (c) => {
  c.res.headers.set('X-Seen', c.res.headers.get('Access-Control-Allow-Origin') ?? 'none')
}
