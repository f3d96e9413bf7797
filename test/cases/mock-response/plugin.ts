import { ctx, type Plugin } from 'postern/plugin'

/** Lets every key in. */
export const Keys: Plugin = (c) => {
  const key = c.req.header('authorization')
  if (!key) return c.text('no key', 401)
  ctx.setSession(c, { meta_data: {} }, key, false)
}

export const Pre: Plugin = (c) => {
  c.header('X-Pre', 'ran')
}

export const Response: Plugin = (c) => {
  c.header('X-Response', 'ran')
}
