import type { Plugin } from 'postern/plugin'

export const Twice: Plugin = async (_, next) => {
  await next()
  await next()
}

export const Unawaited: Plugin = (c, next) => {
  void next()
  c.req.raw.headers.set('X-Too-Late', 'perhaps')
}

export const Caught: Plugin = async (c, next) => {
  await next()
  await next().catch((error: Error) => c.res.headers.set('X-Caught', error.message))
}
