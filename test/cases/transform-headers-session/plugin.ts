import { ctx, type Plugin } from 'postern/plugin'

/** Lets every key in; its metadata is what the headers are made of. */
export const Keys: Plugin = (c) => {
  const key = c.req.header('authorization')
  if (!key) return c.text('no key', 401)
  ctx.setSession(
    c,
    { meta_data: { tenant: 'Zoë', level: 7, tags: ['a', 'b'], bad: 'x\r\nX-Evil: 1', nested: { a: 1 } } },
    key,
    false,
  )
}

/** Runs after the request's headers have changed. */
export const AfterRequest: Plugin = (c) => {
  c.req.raw.headers.append('X-Seen', c.req.header('x-tenant-level') ?? 'nothing')
  c.header('X-Prepared', 'plugin')
}

/** Runs after the response's headers have changed. */
export const AfterResponse: Plugin = (c) => {
  c.res.headers.set('X-Seen', c.res.headers.get('x-level') ?? 'nothing')
}
