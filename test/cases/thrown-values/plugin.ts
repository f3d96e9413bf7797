import { HTTPException } from 'hono/http-exception'
import type { Plugin } from 'postern/plugin'

const thrown: Record<string, unknown> = {
  error: new Error('the plugin is broken'),
  string: 'just a string',
  null: null,
  undefined: undefined,
  object: { reason: 'an object' },
  'bare-object': Object.create(null),
  status: { status: 418 },
  exception: new HTTPException(418, { message: 'a teapot' }),
  'exception-response': new HTTPException(401, { res: new Response('sign in', { status: 401, headers: { 'X-Own': '1' } }) }),
  'broken-exception': { status: 400, getResponse: () => 'no response' },
  'throwing-exception': {
    status: 400,
    getResponse: () => {
      throw new Error('no response')
    },
  },
  hostile: new Proxy(
    {},
    {
      get: () => {
        throw new Error('leave me alone')
      },
    },
  ),
  'same-shape': { status: 403, getResponse: () => new Response('by shape', { status: 403 }) },
}

export const Throw: Plugin = (c) => {
  throw thrown[c.req.query('value') as string]
}

export const Reject: Plugin = async (c) => {
  await Promise.resolve()
  throw thrown[c.req.query('value') as string]
}

export const ThrowAfterNext: Plugin = async (c, next) => {
  await next()
  throw thrown[c.req.query('value') as string]
}
