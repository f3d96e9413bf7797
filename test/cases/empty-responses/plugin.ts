import type { Plugin } from 'postern/plugin'

export const Around: Plugin = async (c, next) => {
  await next()
  c.res.headers.set('X-Around', String(c.res.status))
}

export const Read: Plugin = async (c) => {
  c.res.headers.set('X-Length', String((await c.res.text()).length))
}
