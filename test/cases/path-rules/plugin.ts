import type { Plugin } from 'postern/plugin'

export const One: Plugin = (c) => c.text('one')
export const Two: Plugin = (c) => c.text('two')
export const Three: Plugin = (c) => c.text('three')
export const PassOn: Plugin = (c) => {
  c.req.raw.headers.append('X-Rule', 'passed on')
}
