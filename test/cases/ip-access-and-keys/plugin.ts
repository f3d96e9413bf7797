import { ctx, headers, type Plugin } from 'postern/plugin'

export const Before: Plugin = (c) => {
  if (c.req.path.endsWith('/hello')) return c.text('hello')
  c.header('X-Before', 'yes')
}

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization)
  if (key === 'abc') ctx.setSession(c, { alias: 'doors' }, key)
}
