/** The definition of every feature's page does what the page says: it is served, with its target replaced by an upstream, and asked. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, test } from 'node:test'
import type { Session } from '../../src/plugin/contract/session.ts'
import { root } from '../guards/source-files.ts'
import { answerEcho } from '../harness/answer-echo.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { readSamples } from './read-samples.ts'

/** A request, and the status that it is answered with. */
interface Ask {
  readonly request: string
  readonly lines?: readonly string[]
  readonly body?: string
  readonly status: number
  /** Of the answer. */
  readonly header?: readonly [name: string, value: string]
  /** What the upstream is asked for; null: it is not asked. */
  readonly upstream?: string | null
}

const ask = (request: string, status: number, more: Omit<Ask, 'request' | 'status'> = {}): Ask => ({ request, status, ...more })

/** By page and `api_id`. A definition that is not here is served, and asked nothing. */
const features: Readonly<Record<string, readonly Ask[]>> = {
  'access-control shop': [
    ask('GET /shop/items/7', 200, { upstream: '/shop/items/7' }),
    ask('GET /shop/other', 403, { upstream: null }),
    ask('POST /shop/orders/7/refund', 403, { upstream: null }),
    ask('GET /shop/items/old', 410, { upstream: null }),
  ],
  'access-control office': [ask('GET /office/a', 403, { upstream: null })],
  'authentication orders': [
    ask('GET /orders/', 401),
    ask('GET /orders/', 200, { lines: ['X-Key: key-one'] }),
    ask('GET /orders/?key=key-one', 200),
  ],
  'authentication reports': [
    ask('GET /reports/', 401, { header: ['WWW-Authenticate', 'Basic realm="Reports"'] }),
    ask('GET /reports/', 200, { lines: [`Authorization: Basic ${Buffer.from('ada:pass').toString('base64')}`] }),
  ],
  'authentication accounts': [ask('GET /accounts/', 400), ask('GET /accounts/', 403, { lines: ['Authorization: Bearer a.b.c'] })],
  'authentication devices': [ask('GET /devices/', 400), ask('GET /devices/', 403, { lines: ['X-Device: a.b.c'] })],
  'authentication doors': [
    ask('GET /doors/', 403, { upstream: null }),
    ask('GET /doors/', 200, { lines: ['Authorization: sesame'] }),
  ],
  'authentication vault': [ask('GET /vault/', 400, { lines: ['X-Key: key-one'] })],
  'cache catalogue': [
    ask('GET /catalogue/products/7', 200),
    ask('GET /catalogue/products/7', 200, { header: ['x-tyk-cached-response', '1'], upstream: null }),
    ask('POST /catalogue/search', 200, { body: '{"q":"cats"}' }),
    ask('POST /catalogue/search', 200, { body: '{"n":1,"q":"cats"}', header: ['x-tyk-cached-response', '1'], upstream: null }),
  ],
  'cors shop': [
    ask('OPTIONS /shop/a', 204, {
      lines: ['Origin: https://a.apps.example.com', 'Access-Control-Request-Method: DELETE'],
      header: ['Access-Control-Allow-Origin', 'https://a.apps.example.com'],
      upstream: null,
    }),
    ask('GET /shop/a', 200, {
      lines: ['Origin: https://www.example.com'],
      header: ['Access-Control-Expose-Headers', 'X-RateLimit-Remaining'],
    }),
  ],
  'definitions orders': [ask('GET /orders/7?a=b', 200, { upstream: '/v1/7?a=b' })],
  'mock-responses users-mock': [
    ask('GET /users/7', 200, { header: ['X-Mock', 'yes'], upstream: null }),
    ask('DELETE /users/7', 204, { upstream: null }),
    ask('PUT /users/7', 200, { upstream: '/7' }),
  ],
  'rate-limits search': [
    ...Array.from({ length: 5 }, () => ask('POST /search/reports/7', 200)),
    ask('POST /search/reports/8', 429, { upstream: null }),
    ask('GET /search/reports/7', 200),
  ],
  'request-size uploads': [
    ask('PUT /uploads/images/7', 200, { body: 'x'.repeat(100_001) }),
    ask('PUT /uploads/texts/7', 400, { body: 'x'.repeat(100_001), upstream: null }),
  ],
  'sessions orders': [ask('GET /orders/', 401), ask('GET /orders/', 200, { lines: ['Authorization: key-acme'] })],
  'transforms orders-v2': [
    ask('GET /orders/invoices/7', 200, { header: ['Cache-Control', 'no-store'], upstream: '/invoices/7' }),
  ],
  'url-rewrite shop': [
    ask('GET /shop/users/7/orders?a=b', 200, { upstream: '/v1/orders/of/7?a=b' }),
    ask('GET /shop/stock', 500, { upstream: null }),
  ],
  'validation people': [
    ask('POST /people/new', 422, { body: '{"age": -1}', upstream: null }),
    ask('POST /people/new', 200, { body: '{"name": "Ada"}', upstream: '/new' }),
  ],
  'versions orders': [
    ask('GET /orders/a', 200, { lines: ['x-api-version: v1'], header: ['x-tyk-api-expires', 'Mon, 30 Jun 2031 00:00:00 GMT'] }),
    ask('GET /orders/a', 200, { upstream: '/a' }),
    ask('GET /orders/a', 403, { lines: ['x-api-version: v3'], upstream: null }),
  ],
  'versions orders (2)': [ask('GET /orders/v1/a', 200, { upstream: '/a' }), ask('GET /orders/v2/a', 404, { upstream: null })],
  'plugin-guide my_api': [ask('GET /my_api/a', 200, { upstream: '/a' })],
}

/** Pages whose definitions have a test of their own. */
const elsewhere = new Set(['analytics', 'bundles', 'listener', 'upstreams'])

const keys: Readonly<Record<string, Session>> = {
  'key-one': { org_id: 'default' },
  'key-acme': { org_id: 'acme' },
  defaultada: { org_id: 'default', basic_auth_data: { password: 'pass', hash_type: '' } },
}

const plugin = `
  import { ctx, type Plugin } from 'postern/plugin'
  export const AddFooBarHeader: Plugin = (c) => c.req.raw.headers.append('Foo', 'Bar')
  export const Authenticate: Plugin = (c) => {
    if (c.req.header('Authorization') !== 'sesame') return c.body(null, 403)
    ctx.setSession(c, {}, 'sesame')
    return undefined
  }
`

describe('the definition of a page does what the page says', () => {
  const pages = globSync('docs/*.md', { cwd: root }).map((file) => basename(file, '.md'))
  const found = definitionsOf(pages.filter((page) => !elsewhere.has(page)))

  test('and nothing is asked of one that there is not', () => {
    assert.deepEqual(
      Object.keys(features).filter((name) => !found.has(name)),
      [],
    )
  })

  for (const [name, definition] of found) {
    test(name, async () => {
      await using upstream = await startUpstream(answerEcho)
      await using gateway = await startGateway({
        definitions: { 'api.json': definition.replaceAll(/https?:\/\/(?:[\w-]+\.)+example(?=[/"])/g, upstream.url) },
        artifacts: { 'plugins/plugin.js': await compiledText(plugin) },
        keys,
      })
      assert.deepEqual(gateway.report.failed, [])
      for (const { request, lines = [], body, status, header, upstream: target } of features[name] ?? []) {
        upstream.requests.length = 0
        const response = await exchange(gateway.port, formatRequest(request, lines, body))
        assert.equal(response.status, status, `${request}: ${response.text}`)
        if (header) assert.equal(headerValue(response.head.lines, header[0]), header[1], request)
        if (target !== undefined) assert.equal(upstream.requests.at(-1)?.target ?? null, target, request)
      }
    })
  }
})

/** The whole definitions of pages, by page and id; a second one of an id is told apart by its number. */
function definitionsOf(pages: readonly string[]): Map<string, string> {
  const definitions = new Map<string, string>()
  for (const page of pages) {
    for (const { text } of readSamples(`docs/${page}.md`, 'json')) {
      const id = text.startsWith('{') ? JSON.parse(text).api_id : undefined
      if (id === undefined) continue
      const name = `${page} ${id}`
      definitions.set(definitions.has(name) ? `${name} (2)` : name, text)
    }
  }
  return definitions
}
