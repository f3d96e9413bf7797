import { ctx, headers, type Plugin } from 'postern/plugin'

export const Authenticate: Plugin = (c) => {
  const key = c.req.header(headers.Authorization) ?? ''
  if (key === 'abc') ctx.setSession(c, { alias: 'abc-session', meta_data: { team: 'doors' } }, key, true)
  else if (key !== '') return c.body(null, 403)
}

export const Report: Plugin = (c) => {
  const session = ctx.getSession(c)
  c.header('X-Session', `${session?.alias} of ${session?.meta_data?.team} by ${ctx.getAuthToken(c)}`)
  c.header('X-Same', String(session === c.var.session))
}

export const ReportBefore: Plugin = (c) => {
  c.header('X-Before', String(ctx.getSession(c)))
}
