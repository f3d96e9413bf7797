import type { Plugin } from 'postern/plugin'

export const ReadEverything: Plugin = (c) => {
  c.req.raw.headers.set(
    'X-Read',
    [c.req.url, c.req.path, c.req.query('q'), new URL(c.req.raw.url).pathname].join(' ').length > 0 ? 'yes' : 'no',
  )
}
