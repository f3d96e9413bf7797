import { ctx, type Plugin } from 'postern/plugin'

/** Lets in who knows the word; what it does to the session is up to the header Session. */
export const Word: Plugin = (c) => {
  if (c.req.header('Word') !== 'sesame') return c.text('no', 403)
  const how = c.req.header('Session')
  if (how === 'own') ctx.setSession(c, { alias: 'of the word' }, 'word-1')
  const session = ctx.getSession(c)
  if (how === 'same' && session) ctx.setSession(c, session)
  return undefined
}

export const SessionBefore: Plugin = (c) => {
  if (c.req.header('Early')) ctx.setSession(c, { alias: 'early' }, 'early-1')
}

export const Report: Plugin = (c) => {
  c.header('X-Session', `${ctx.getSession(c)?.alias} by ${ctx.getAuthToken(c)}`)
}
