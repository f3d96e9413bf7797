import { ctx, type Plugin } from 'postern/plugin'

/** Says who called, and tries to change what it has of the session: other requests have their own. */
export const Tell: Plugin = (c) => {
  const session = ctx.getSession(c)
  c.req.raw.headers.set('X-Alias', `${session?.alias}`)
  if (session?.alias) session.alias += '!'
}
