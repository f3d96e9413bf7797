import type { Plugin } from 'postern/plugin'

/** On its path in front of the upstream: adds a header to the response that is yet to come, and lets the request go on. */
export const MyPluginPerPathFoo: Plugin = (c) => {
  c.header('X-Foo', 'foo')
}

/** On its path instead of the upstream: an endpoint that exists in the gateway only. */
export const MyPluginPerPathBar: Plugin = (c) => {
  return c.json({ message: 'Hello from a virtual endpoint', path: c.req.path })
}
