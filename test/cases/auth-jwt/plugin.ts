import { ctx, type Plugin } from 'postern/plugin'

export const Report: Plugin = (c) => {
  c.header('X-Session', `${ctx.getSession(c)?.alias} with ${ctx.getSession(c)?.apply_policies}`)
}
