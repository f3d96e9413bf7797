import { ctx, type Plugin } from 'postern/plugin'

interface Marked {
  mark: string
}

export const Mark: Plugin<Marked> = (c) => {
  c.req.raw.headers.append('Trail', c.var.config.mark)
}

export const Authenticate: Plugin<Marked> = (c, next) => {
  ctx.setSession(c, { alias: 'anybody' }, 'key')
  return Mark(c, next)
}

export const MarkResponse: Plugin<Marked> = (c) => {
  c.res.headers.append('Trail', c.var.config.mark)
}

export const MarkPath: Plugin = (c) => {
  c.req.raw.headers.append('Trail', 'path')
}
