import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FinishedRequest } from '../../src/telemetry/finished-request.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Choose: Plugin = (c) => {
  const wish = new URL(c.req.url).pathname.slice('/api/'.length)
  if (wish === 'answer') return c.text('answered', 403)
  if (wish === 'throw') throw new Error('thrown')
  if (wish === 'exception') throw { status: 418, getResponse: () => new Response('short', { status: 418 }) }
}

export const Slow: Plugin = async (c) => {
  const wish = new URL(c.req.url).pathname.slice('/api/'.length)
  if (wish === 'slow') await new Promise(() => {})
  if (wish === 'skip') throw new Error('thrown')
}

export const Around: Plugin = async (c, next) => {
  await next()
  if (c.req.query('fail')) throw new Error('thrown after next()')
}
`

/** What a request is known to have met, once it has ended. */
async function meets(path: string): Promise<{ status: number; answeredBy: unknown; failures: unknown }> {
  const finished: FinishedRequest[] = []
  await using stage = await openStage({
    plugin,
    definition: {
      custom_middleware: {
        driver: 'jsplugin',
        pre: [
          { name: 'Around', path: 'plugin.js' },
          { name: 'Choose', path: 'plugin.js' },
        ],
        post: [{ name: 'Slow', path: 'plugin.js', on_error: 'skip', timeout_ms: 20 }],
        response: [{ name: 'Missing', path: 'plugin.js', disabled: path !== '/api/missing' }],
      },
    },
    onRequest: (one) => void finished.push(one),
  })
  const response = await fetch(`http://127.0.0.1:${stage.port}${path}`)
  await response.text()
  const { exchange } = await until('the request to end', () => finished[0])
  return {
    status: response.status,
    answeredBy: exchange.answeredBy && { name: exchange.answeredBy.name, phase: exchange.answeredBy.phase },
    failures: exchange.pluginFailures?.map(({ plugin, code, skipped }) => ({
      plugin: plugin.name,
      hook: plugin.phase,
      code,
      skipped,
    })),
  }
}

const threw = (plugin: string, hook: string, skipped = false) => [{ plugin, hook, code: 'plugin_threw', skipped }]

for (const [what, path, expected] of [
  ['an upstream has answered', '/api/get', { status: 200, answeredBy: null, failures: undefined }],
  ['a plugin has answered', '/api/answer', { status: 403, answeredBy: { name: 'Choose', phase: 'pre' }, failures: undefined }],
  [
    'a plugin threw a response',
    '/api/exception',
    { status: 418, answeredBy: { name: 'Choose', phase: 'pre' }, failures: undefined },
  ],
  ['a plugin threw', '/api/throw', { status: 500, answeredBy: null, failures: threw('Choose', 'pre') }],
  ['a plugin that threw was skipped', '/api/skip', { status: 200, answeredBy: null, failures: threw('Slow', 'post', true) }],
  [
    'a plugin that took too long was skipped',
    '/api/slow',
    { status: 200, answeredBy: null, failures: [{ plugin: 'Slow', hook: 'post', code: 'plugin_timeout', skipped: true }] },
  ],
  [
    'a plugin threw after another had answered',
    '/api/answer?fail=1',
    { status: 500, answeredBy: null, failures: threw('Around', 'pre') },
  ],
  [
    'a plugin is not loaded',
    '/api/missing',
    {
      status: 500,
      answeredBy: null,
      failures: [{ plugin: 'Missing', hook: 'response', code: 'plugin_quarantined', skipped: false }],
    },
  ],
] as const) {
  test(`a request tells that ${what}`, async () => {
    assert.deepEqual(await meets(path), expected)
  })
}
