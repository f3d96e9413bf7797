import type { Plugin } from 'postern/plugin'

export const Answer: Plugin = (c) => {
  if (c.req.path === '/api/return') return c.text('returned', 201, { 'X-From': 'plugin' })
  if (c.req.path === '/api/assign') c.res = new Response('assigned', { status: 202 })
}

export const MarkRequest: Plugin = (c) => {
  c.header('X-Later', 'ran')
}

export const MarkResponse: Plugin = (c) => {
  c.res.headers.set('X-Response', 'ran')
}
