import { ctx, type Plugin } from 'postern/plugin'

/** Takes every key, and gives each a quota. */
export const Authenticate: Plugin = (c) => {
  const key = c.req.header('Authorization') ?? ''
  if (key === '') return c.text('who?', 401)
  ctx.setSession(c, { quota_max: 10, quota_renewal_rate: 3600 }, key)
}

let count = 0

/** Numbers the responses of the upstream. */
export const Count: Plugin = (c) => {
  count += 1
  c.res.headers.set('X-Count', String(count))
}
