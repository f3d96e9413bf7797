import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openAdmin } from '../admin/admin-stage.ts'
import { readText } from '../guards/source-files.ts'
import { readSamples } from './read-samples.ts'

/** `POST /tyk/keys`, its body, the status of the answer and what is in it. */
const SAMPLE = /^(?<what>[A-Z]+ \S+)\n(?:\n(?<body>.*?))?\nHTTP (?<status>\d+)\n(?<answer>.*)$/s

const orders = {
  name: 'Orders',
  api_id: 'orders',
  org_id: 'acme',
  use_keyless: false,
  use_standard_auth: true,
  proxy: { listen_path: '/orders/', target_url: 'http://127.0.0.1:9/' },
}

describe('what the documents show of the admin API is what it does', () => {
  for (const document of ['docs/sessions.md', 'docs/policies.md', 'docs/admin-api.md', 'docs/analytics.md', 'docs/explain.md']) {
    test(document, async () => {
      await using stage = await openAdmin({
        definitions: { 'orders.json': orders },
        files: { 'policies/none.json': '{ "id": "none" }' },
        config: { policies: { policy_path: 'policies' }, enable_analytics: true },
      })
      const samples = readSamples(document, 'http')
      assert.ok(samples.length > 1)
      for (const { line, text } of samples) {
        const { what = '', body = '', status = '', answer = '' } = SAMPLE.exec(text)?.groups ?? {}
        const found = await stage.call(what, body.trim() === '' ? {} : { body })
        assert.equal(found.status, Number(status), `${document}:${line}: ${JSON.stringify(found.json)}`)
        assert.partialDeepStrictEqual(found.json, expected(JSON.parse(answer), found.json), `${document}:${line}`)
      }
    })
  }
})

/** An ellipsis stands for any text. */
function expected(shown: unknown, found: unknown): unknown {
  if (shown === '…' && typeof found === 'string') return found
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown)) return shown
  const fields = found as Record<string, unknown> | undefined
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, expected(value, fields?.[name])]))
}

test('docs/admin-api.md lists every endpoint', async () => {
  await using stage = await openAdmin()
  const { json } = await stage.call('GET /tyk/openapi.json')
  const endpoints = Object.entries(json.paths as Record<string, object>).flatMap(([path, operations]) => {
    return Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
  })
  const listed = [...readText('docs/admin-api.md').matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, endpoint]) => endpoint)
  assert.deepEqual(listed.toSorted(), endpoints.toSorted())
})
