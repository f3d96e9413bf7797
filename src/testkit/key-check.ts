import { ctx, type Plugin } from '../plugin/contract/index.ts'
import type { SessionStore } from '../store/store.ts'

/** The artifact that the test's own plugin goes by. */
export const KEY_CHECK_PATH = 'postern-test-keys.js'

/** The module of a plugin that lets in whoever has a key with a session. */
export function keyCheckModule(sessions: SessionStore): { readonly KeyCheck: Plugin } {
  return {
    KeyCheck: async (c) => {
      const key = c.req.header('Authorization')?.replace(/^Bearer +/i, '')
      if (!key) return c.json({ error: 'Authorization field missing' }, 401)
      const session = await sessions.get(key)
      if (!session) return c.json({ error: 'Access to this API has been disallowed' }, 403)
      ctx.setSession(c, session, key, false)
      return undefined
    },
  }
}
