import { ctx, type Plugin, type Session } from 'postern/plugin'

const session: Session = { rate: 2, per: 3600, quota_max: 2, quota_renewal_rate: 86_400 }

/** Lets everyone in, with one rate and one quota for all. */
export const Authenticate: Plugin = (c) => ctx.setSession(c, session, 'one-for-all')
