import { ctx, type Plugin } from 'postern/plugin'

let asked = 0

/** Lets every key in, and counts how often it has been asked. */
export const Keys: Plugin = (c) => {
  const key = c.req.header('authorization')
  if (!key) return c.text('no key', 401)
  asked += 1
  ctx.setSession(c, { rate: 1, per: 60, quota_max: 100, meta_data: { who: key } }, key, false)
  c.header('X-Asked', String(asked), { append: true })
}

/** Does not let in anybody by itself. */
export const Silent: Plugin = () => {}

/** Says what it sees, wherever it runs. */
export const See: Plugin = (c) => {
  c.req.raw.headers.append('X-Seen', `${c.req.method} ${new URL(c.req.url).pathname} ${c.var.definition.api_id}`)
}

export const Response: Plugin = (c) => {
  c.res.headers.append('X-Response', c.var.definition.api_id)
}

/** Waits for what another API answers. */
export const Around: Plugin = async (c, next) => {
  await next()
  c.res.headers.append('X-Around', `${c.var.definition.api_id} ${c.res.status}`)
}

/** Changes the URL, which a rewrite has done before. */
export const Late: Plugin = (c) => {
  if (c.req.query('late')) c.req.raw = new Request('http://x/never', c.req.raw)
}

/** Changes the URL before it is rewritten. */
export const Early: Plugin = (c) => {
  if (c.req.query('early')) c.req.raw = new Request(new URL('/outer/early', c.req.url), c.req.raw)
}
