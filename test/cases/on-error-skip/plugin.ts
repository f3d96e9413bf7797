import type { Plugin } from 'postern/plugin'

export const ChangeAndThrow: Plugin = (c) => {
  c.req.raw.headers.set('X-Done', 'before the error')
  throw new Error('the plugin is broken')
}

export const ThrowOnTheWayBack: Plugin = () => {
  throw new Error('the response plugin is broken')
}
