import type { MiddlewareHandler } from 'hono'
import { refusal } from './answers.ts'

/** Has requests for other hosts find nothing. A port in the Host header does not matter. */
export function forHost(hostname: string): MiddlewareHandler {
  const wanted = hostname.toLowerCase()
  return async (c, next) => {
    const host = (c.req.header('host') ?? '').toLowerCase().replace(/:\d*$/, '')
    if (host === wanted) return next()
    const { status, body } = refusal('not_found')
    return c.json(body as object, status as 404)
  }
}
