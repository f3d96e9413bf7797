import { ctx, type Plugin } from 'postern/plugin'

/** Puts another request in place of the client's, with a parameter more. */
export const Replace: Plugin = (c) => {
  const url = new URL(c.req.raw.url)
  url.searchParams.append('more', '1')
  c.req.raw = new Request(url, c.req.raw)
}

/** The same, and nothing is different. */
export const Copy: Plugin = (c) => {
  c.req.raw = new Request(c.req.raw)
}

/** Brings a key along that the client did not send. */
export const BringKey: Plugin = (c) => {
  c.req.raw.headers.set('X-Key', 'key-one')
}

export const LookFor: Plugin = (c) => {
  c.header('X-Seen', `${c.req.header('X-Key')} ${c.req.query('key')} ${c.req.header('Cookie')}`)
}

export const Word: Plugin = (c) => {
  if (c.req.header('Word') === 'sesame') ctx.setSession(c, {}, 'word')
}
