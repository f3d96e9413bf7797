import type { Plugin } from 'postern/plugin'

export const ReplaceAfterNext: Plugin = async (c, next) => {
  await next()
  const replacement = c.text('new', 201, { 'X-New': '1' })
  if (c.req.path === '/api/return') return replacement
  c.res = replacement
}
