import { ctx, headers, type Plugin, type Session } from 'postern/plugin'

/** The session of a key. This one knows a single key; yours would ask a database or an identity provider. */
function getSessionByKey(key: string): Session | undefined {
  if (key !== 'abc') return undefined
  return { org_id: 'default', alias: 'abc-session' }
}

/** Authenticates by the key in the Authorization header: 403 unless it has a session. */
export const MyPluginAuthCheck: Plugin = (c) => {
  const key = c.req.header(headers.Authorization) ?? ''
  const session = getSessionByKey(key)
  if (!session) return c.body(null, 403)

  // Later plugins and steps see the session; `true` also saves it, under its key, in the gateway's store.
  ctx.setSession(c, session, key, true)
}
