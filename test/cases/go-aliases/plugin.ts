import { ctx, type Plugin } from 'postern/plugin'

export const Authenticate: Plugin = (c) => {
  ctx.setSession(c, { alias: 'somebody' }, 'key')
}

export const AfterAuth: Plugin = (c) => {
  c.req.raw.headers.append('Trail', `post_auth_check of ${ctx.getSession(c)?.alias}`)
}

export const OnPath: Plugin = (c) => {
  c.req.raw.headers.append('Trail', 'go_plugin')
}

export const OnPathToo: Plugin = (c) => {
  c.req.raw.headers.append('Trail', 'js_plugin')
}
