import type { Plugin } from 'postern/plugin'

export const ReportUrl: Plugin = (c) => {
  c.req.raw.headers.append('X-Url', c.req.url)
}

export const ReportUrlBack: Plugin = (c) => {
  c.res.headers.append('X-Url', c.req.url)
}
