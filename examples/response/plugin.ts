import type { Plugin } from 'postern/plugin'

/** A `response` plugin: `c.res` is the upstream's response, on its way back to the client. */
export const MyPluginResponse: Plugin = (c) => {
  c.res.headers.append('X-Response-Added', 'resp-added')

  // The answers to HEAD, and 204 and 304, have no body to overwrite.
  if (!c.res.body) return

  // Keeps status and headers; the gateway mends Content-Length and drops what described the old body.
  c.res = new Response(JSON.stringify({ message: "Hi! I'm a response plugin" }), c.res)
}
