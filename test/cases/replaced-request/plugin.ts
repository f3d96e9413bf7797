import type { Plugin } from 'postern/plugin'

export const Replace: Plugin = (c) => {
  const before = c.req.raw
  switch (c.req.path) {
    case '/api/path':
      c.req.raw = new Request(new URL('/api/other%2Fplace?x=1', before.url), before)
      break
    case '/api/method':
      c.req.raw = new Request(before, { method: 'PUT', body: 'changed', headers: { ...c.req.header(), 'X-New': '1' } })
      break
    case '/api/no-body':
      c.req.raw = new Request(before.url, { method: 'DELETE', headers: before.headers })
  }
}

export const Report: Plugin = async (c) => {
  c.header('X-Sees', [c.req.method, c.req.path, c.req.query('x'), JSON.stringify(await c.req.text())].join(' '))
}
