import type { Plugin } from 'postern/plugin'

/** Answers requests with `?get_time=1` itself; the upstream never sees them. */
export const SendCurrentTime: Plugin = (c) => {
  // Returning nothing lets the request go on.
  if (c.req.query('get_time') !== '1') return

  return c.json({ current_time: new Date().toISOString() })
}
