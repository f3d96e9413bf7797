import type { Plugin } from 'postern/plugin'

export const InPlace: Plugin = (c) => {
  c.res.headers.set('X-In-Place', `${c.res.status} ${c.req.path}`)
}

export const Assign: Plugin = (c) => {
  if (c.req.path === '/api/assign') c.res = new Response('assigned', { status: 201, headers: c.res.headers })
}

export const Return: Plugin = async (c) => {
  if (c.req.path === '/api/return') return c.text(`${await c.res.text()}, and returned`, 202)
}

export const Around: Plugin = async (c, next) => {
  await next()
  c.res.headers.append('X-Around', c.res.headers.get('X-Last') ?? 'too early')
}

export const Last: Plugin = (c) => {
  c.res.headers.set('X-Last', `last saw ${c.res.status}`)
}
