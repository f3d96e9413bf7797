import { ctx, headers, type Plugin } from 'postern/plugin'

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization)
  if (key === 'abc') ctx.setSession(c, { alias: 'doors' }, key)
}

export const Count: Plugin = (c) => {
  c.header('X-Hook', `${c.req.path} for ${ctx.getSession(c)?.alias}`)
}

export const First: Plugin = (c) => c.text(`first ${c.req.path}`)

export const Move: Plugin = (c) => {
  c.req.raw = new Request(c.req.url.replace('/old', '/new'), c.req.raw)
}

export const Mark: Plugin = (c) => {
  c.res.headers.set('X-Response', 'seen')
}
