import type { Plugin } from 'postern/plugin'

const results: Record<string, unknown> = {
  string: 'text',
  number: 1,
  object: {},
  promise: Promise.resolve('text'),
  null: null,
  undefined,
}

export const Return = ((c) => results[c.req.query('value') as string]) as Plugin
