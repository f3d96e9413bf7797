import { ctx, headers, type Plugin } from 'postern/plugin'

export const Before: Plugin = (c) => {
  c.req.raw.headers.set('X-Before', 'yes')
  c.header('X-Session', 'none')
}

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization)
  if (key === 'abc') ctx.setSession(c, { alias: 'doors' }, key)
}

export const Session: Plugin = (c) => {
  c.header('X-Session', ctx.getSession(c)?.alias ?? 'none')
}

export const After: Plugin = (c) => {
  c.req.raw.headers.set('X-After', ctx.getSession(c)?.alias ?? 'no session')
}

export const Path: Plugin = (c) => c.text('by path')

export const Seen: Plugin = (c) => {
  c.res.headers.set('X-Seen', 'yes')
}
