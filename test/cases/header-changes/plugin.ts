import type { Plugin } from 'postern/plugin'

export const Change: Plugin = (c) => {
  const { headers } = c.req.raw
  headers.append('Foo', 'Bar')
  headers.set('x-replaced', 'new')
  headers.delete('X-Removed')
}

export const ChangeBack: Plugin = (c) => {
  c.res.headers.append('X-List', 'three')
  c.res.headers.delete('x-removed')
}
