/** Plugins that do what plugins are mostly written for: say who calls, and change what is answered. */

import { ctx, headers, type Plugin, type Session } from 'postern/plugin'

const sessions = new Map<string, Session>([['bench-key', { org_id: 'default', alias: 'bench', meta_data: { team: 'bench' } }]])

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization) ?? ''
  const session = sessions.get(key)
  if (!session) return c.json({ error: 'unknown key' }, 403)
  ctx.setSession(c, session, key)
}

interface Item {
  readonly sku: string
  readonly price: number
}

/** Takes out what is internal, and reckons a total. */
export const RewriteRecord: Plugin = async (c) => {
  const { internal: _, ...record } = (await c.res.json()) as { internal?: unknown; items: Item[] }
  const total = record.items.reduce((sum, { price }) => sum + price, 0)
  return Response.json({ ...record, total })
}
