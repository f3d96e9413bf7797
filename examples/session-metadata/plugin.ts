import { ctx, headers, type Plugin } from 'postern/plugin'

/** Attaches a session with metadata. Usually it was given to the key when the key was made. */
export const SignInDeveloper: Plugin = (c) => {
  const key = c.req.header(headers.Authorization)
  if (!key) return c.body(null, 401)

  const meta_data = { tyk_developer_id: '5d8ff', tyk_developer_email: 'dev@example.test' }
  ctx.setSession(c, { org_id: 'default', meta_data }, key)
}

/** Reads the session: who calls, and what whoever issued the key has noted about them. */
export const MyPluginFunction: Plugin = (c) => {
  const session = ctx.getSession(c)
  console.log('Developer ID:', session?.meta_data?.tyk_developer_id)
  console.log('Developer Email:', session?.meta_data?.tyk_developer_email)
}
