import { ctx, type Plugin } from 'postern/plugin'

/** Says what has become of the session. */
export const Tell: Plugin = (c) => {
  const { tags, meta_data, rate, access_rights } = ctx.getSession(c) ?? {}
  c.req.raw.headers.set('X-Session', JSON.stringify({ tags, meta_data, rate, apis: Object.keys(access_rights ?? {}) }))
}

/** Takes the credential for the name of a policy, and stores the session. */
export const Invent: Plugin = (c) => {
  const policy = c.req.header('Authorization') ?? ''
  ctx.setSession(c, { org_id: 'acme', apply_policies: [policy] }, `invented-${policy}`, true)
}
