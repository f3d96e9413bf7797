import type { Plugin } from 'postern/plugin'

export const SetHost: Plugin = (c) => {
  c.req.raw.headers.set('X-Host', c.req.raw.headers.get('Host') ?? 'none')
}
