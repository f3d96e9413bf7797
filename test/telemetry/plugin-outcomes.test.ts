/**
 * What becomes of a plugin shows everywhere that a request is recorded, with the right code in each: one case for all of them.
 * What else comes to record requests is another `Witness`.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { AnalyticsRecord } from '../../src/plugin/contract/analytics.ts'
import { closedPort } from '../harness/closed-port.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { type Scrape, scrape } from './scrape.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Answer: Plugin = (c) => c.text('answered', 403)
export const Throw: Plugin = () => {
  throw new Error('thrown')
}
export const Hang: Plugin = () => new Promise(() => {})
export const Pass: Plugin = (c) => c.header('X-Passed', 'yes')
`

/** What a request meets, and what is to be told of it. */
interface Outcome {
  readonly title: string
  /** The API, and the plugin in its hook `pre`. */
  readonly api: string
  readonly plugin: { readonly name: string; readonly [field: string]: unknown }
  /** How many requests come before the one that is looked at: to open a breaker. */
  readonly warmUp?: number
  readonly status: number
  /** The plugin has answered. */
  readonly answered?: true
  /** Why it has not done its work; undefined where it has. */
  readonly code?: string
  /** Whether the request went on without it. */
  readonly skipped?: boolean
  /** What the call is counted as; null where there was none. */
  readonly result: string | null
}

const outcomes: readonly Outcome[] = [
  { title: 'lets a request pass', api: 'pass', plugin: { name: 'Pass' }, status: 200, result: 'passed' },
  { title: 'answers', api: 'answer', plugin: { name: 'Answer' }, status: 403, answered: true, result: 'answered' },
  {
    title: 'throws',
    api: 'throw',
    plugin: { name: 'Throw' },
    status: 500,
    code: 'plugin_threw',
    skipped: false,
    result: 'failed',
  },
  {
    title: 'times out',
    api: 'hang',
    plugin: { name: 'Hang', timeout_ms: 20 },
    status: 500,
    code: 'plugin_timeout',
    skipped: false,
    result: 'timeout',
  },
  {
    title: 'throws and is skipped',
    api: 'skip-throw',
    plugin: { name: 'Throw', on_error: 'skip' },
    status: 200,
    code: 'plugin_threw',
    skipped: true,
    result: 'failed',
  },
  {
    title: 'times out and is skipped',
    api: 'skip-hang',
    plugin: { name: 'Hang', on_error: 'skip', timeout_ms: 20 },
    status: 200,
    code: 'plugin_timeout',
    skipped: true,
    result: 'timeout',
  },
  {
    title: 'is kept away by its breaker',
    api: 'breaker',
    plugin: { name: 'Throw', max_errors: 1 },
    warmUp: 1,
    status: 500,
    code: 'plugin_breaker_open',
    skipped: false,
    result: null,
  },
  {
    title: 'is kept away by its breaker and skipped',
    api: 'skip-breaker',
    plugin: { name: 'Throw', max_errors: 1, on_error: 'skip' },
    warmUp: 1,
    status: 200,
    code: 'plugin_breaker_open',
    skipped: true,
    result: null,
  },
  {
    title: 'is not loaded',
    api: 'missing',
    plugin: { name: 'Missing' },
    status: 500,
    code: 'plugin_quarantined',
    skipped: false,
    result: null,
  },
]

/** Something that records requests, and what it has to say of the last request of an outcome. */
interface Witness {
  readonly name: string
  check(outcome: Outcome): Promise<void>
}

let stage: Stage
let metricsPort: number

before(async () => {
  metricsPort = await closedPort()
  stage = await openStage({
    plugin,
    config: {
      access_logs: { enabled: true },
      metrics: { port: metricsPort, address: '127.0.0.1' },
      enable_analytics: true,
      analytics_config: { type: 'file', file: 'records.jsonl' },
      explain: { max_requests: 100, steps: true },
    },
  })
  const { folder } = stage.gateway
  for (const { api, plugin: use } of outcomes) {
    const definition = {
      name: api,
      api_id: api,
      org_id: 'default',
      use_keyless: true,
      version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
      proxy: { listen_path: `/${api}/`, target_url: stage.upstream.url, strip_listen_path: true },
      custom_middleware: { driver: 'jsplugin', pre: [{ path: 'plugin.js', ...use }] },
    }
    await folder.writeDefinition(`${api}.json`, definition)
  }
  await stage.gateway.reload()
})
after(() => stage?.[Symbol.asyncDispose]())

const accessLog: Witness = {
  name: 'the access log',
  async check({ api, plugin: { name }, status, answered, code, skipped, warmUp = 0 }) {
    const text = await until('the line', () => {
      return stage.gateway.log.lines.filter(
        (line) => line.includes('"prefix":"access-log"') && line.includes(`"api_id":"${api}"`),
      )[warmUp]
    })
    const { plugin, plugin_hook, plugin_errors, response_code_details, error_source, error_target, ...line } = JSON.parse(text)
    assert.equal(line.status, status)
    assert.deepEqual([plugin, plugin_hook], answered ? [name, 'pre'] : [undefined, undefined])
    assert.deepEqual(plugin_errors, code && [{ plugin: name, hook: 'pre', code, skipped }])
    const isAnswer = code !== undefined && !skipped
    assert.deepEqual(
      [response_code_details, error_source, error_target],
      isAnswer ? [code, 'plugin', name] : [undefined, undefined, undefined],
    )
  },
}

const metrics: Witness = {
  name: 'metrics',
  async check({ api, plugin: { name }, status, code, skipped, result, warmUp = 0 }) {
    const found: Scrape = await until('all requests to be counted', async () => {
      const all = await scrape(metricsPort)
      return all.value('postern_requests_total', { api_id: api }) === warmUp + 1 ? all : null
    })
    const of = { api_id: api, hook: 'pre', plugin: name }
    assert.ok((found.value('postern_requests_total', { api_id: api, status: `${Math.trunc(status / 100)}xx` }) as number) >= 1)
    const failures = found.value('postern_plugin_failures_total', { ...of, code: code ?? '', skipped: String(skipped) })
    assert.equal(failures, code === undefined ? undefined : 1)
    const calls = found.value('postern_plugin_calls_total', { ...of, result: result ?? 'failed' })
    assert.equal(calls, result === null ? warmUp || undefined : 1)
    assert.equal(found.value('postern_plugin_duration_seconds_count', of), result === null ? warmUp || undefined : 1)
    assert.equal(found.value('postern_plugin_breaker_state', of), code === 'plugin_breaker_open' ? 2 : 0)
    assert.equal(found.value('postern_plugin_loaded', of), code === 'plugin_quarantined' ? 0 : 1)
    const asError = found.value('postern_request_errors_total', { api_id: api, code: code ?? '' })
    assert.equal(asError, code !== undefined && !skipped ? 1 : undefined)
  },
}

const explain: Witness = {
  name: 'explain',
  async check({ api, plugin: { name }, status, answered, code, skipped, warmUp = 0 }) {
    const request = await until('the request', async () => {
      const headers = { 'X-Tyk-Authorization': 'test-secret' }
      const response = await fetch(`http://127.0.0.1:${stage.port}/tyk/requests?api=${api}`, { headers })
      const { requests } = (await response.json()) as { requests: Record<string, unknown>[] }
      return requests.length === warmUp + 1 ? requests[0] : null
    })
    assert.equal(request.status, status)
    assert.deepEqual(request.answered_by, answered && { name, hook: 'pre' })
    assert.deepEqual(request.plugin_failures, code && [{ name, hook: 'pre', code, skipped }])
    const steps = request.steps as { name: string; code?: string; outcome: string }[]
    const step = steps.find((each) => each.name === name)
    assert.equal(step?.code, code)
    const outcome = answered ? 'answered' : code === undefined ? 'go-on' : skipped ? 'skipped' : 'threw'
    assert.equal(step?.outcome, outcome)
  },
}

const analytics: Witness = {
  name: 'analytics',
  async check({ api, plugin: { name }, status, answered, code, skipped, warmUp = 0 }) {
    const record = await until('the record', async () => {
      const text = await readFile(join(stage.gateway.folder.path, 'records.jsonl'), 'utf8').catch(() => '')
      const records = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AnalyticsRecord]))
      return records.filter(({ APIID }) => APIID === api)[warmUp]
    })
    assert.equal(record.ResponseCode, status)
    const isAnswer = code !== undefined && !skipped
    assert.deepEqual([record.Plugin, record.PluginHook], answered || isAnswer ? [name, 'pre'] : ['', ''])
    assert.equal(record.ErrorCode, isAnswer ? code : '')
    assert.deepEqual(record.PluginErrors, code === undefined ? [] : [{ Plugin: name, Hook: 'pre', Code: code, Skipped: skipped }])
  },
}

const witnesses: readonly Witness[] = [accessLog, analytics, metrics, explain]

for (const outcome of outcomes) {
  describe(`a plugin that ${outcome.title}`, () => {
    before(async () => {
      for (let i = 0; i < (outcome.warmUp ?? 0); i += 1) await ask(outcome.api)
      assert.equal(await ask(outcome.api), outcome.status)
    })
    for (const witness of witnesses) test(`shows in ${witness.name}`, () => witness.check(outcome))
  })
}

async function ask(api: string): Promise<number> {
  return (await exchange(stage.port, `GET /${api}/ HTTP/1.1\r\nHost: a\r\n\r\n`)).status
}
