import { ctx, type Plugin, type Session } from 'postern/plugin'

const sessions: Record<string, Session> = {
  rated: { rate: 2, per: 3600 },
  'rated-here': { rate: 1000, per: 1, access_rights: { keys: { limit: { rate: 1, per: 3600 } }, other: {} } },
  'rated-endpoint': {
    rate: 1000,
    per: 1,
    access_rights: {
      keys: { endpoints: [{ path: '/slow', methods: [{ name: 'GET', limit: { rate: 1, per: 3600 } }] }] },
      other: {},
    },
  },
  quota: { quota_max: 2, quota_renewal_rate: 3600 },
  'quota-for-ever': { quota_max: 1, quota_renewal_rate: -1 },
  throttled: { rate: 1, per: 0.05, throttle_interval: 0.06, throttle_retry_limit: 20 },
  raised: { rate: 1, per: 3600 },
  unlimited: { rate: 0, per: 0, quota_max: -1, quota_renewal_rate: 0 },
  odd: { rate: 'many', per: null, quota_max: Number.NaN } as unknown as Session,
}

/** Knows a few keys, each with other limits. */
export const Authenticate: Plugin = (c) => {
  const key = c.req.header('Authorization') ?? ''
  const session = sessions[key]
  // A session that is one object for as long as the plugin is loaded, and changes.
  if (key === 'raised' && session) session.rate = Number(c.req.header('Rate'))
  if (!session) return c.text('who?', 401)
  ctx.setSession(c, session, key, false)
}
