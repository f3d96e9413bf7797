import { ctx, type Plugin } from 'postern/plugin'

/** Lets every key in. */
export const Keys: Plugin = (c) => {
  const key = c.req.header('authorization')
  if (!key) return c.text('no key', 401)
  ctx.setSession(c, { meta_data: {} }, key, false)
}

/** Replaces the body where the query says so. */
export const Before: Plugin = async (c) => {
  const replace = c.req.query('replace')
  if (replace === '1') c.req.raw = new Request(c.req.raw, { body: JSON.stringify({ n: 'one' }) })
  else if (replace === '2') c.req.raw = new Request(c.req.raw, { body: JSON.stringify({ n: 2 }) })
  else c.req.raw.headers.set('X-Before', await c.req.text())
}

export const After: Plugin = async (c) => {
  c.req.raw.headers.set('X-After', await c.req.text())
}
