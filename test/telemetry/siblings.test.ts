/** Two gateways in this process as the processes of one: metrics answer for both, and the level of the log is one. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { type Gateway, openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { Responder, SiblingAnswer, Siblings } from '../../src/supervisor/siblings.ts'
import { type CapturedLog, captureLog } from '../harness/captured-log.ts'
import { closedPort } from '../harness/closed-port.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'
import { scrape } from './scrape.ts'

/** Processes that are none: what one is asked goes through JSON, as between real ones. */
class Family {
  readonly members = new Map<number, Map<string, Responder>>()
  readonly count: number

  constructor(count: number) {
    this.count = count
  }

  siblingsOf(worker: number): Siblings {
    const responders = new Map<string, Responder>()
    this.members.set(worker, responders)
    return {
      ...({ members: [] } as object),
      worker,
      count: this.count,
      respond: (topic, responder) => void responders.set(topic, responder),
      ask: (topic, question) => this.#ask(topic, question),
    } as Siblings
  }

  async #ask(topic: string, question: unknown): Promise<SiblingAnswer[]> {
    const asked = [...this.members].filter(([, responders]) => responders.has(topic))
    return await Promise.all(
      asked.map(async ([worker, responders]) => {
        const answer = await responders.get(topic)?.(JSON.parse(JSON.stringify(question)))
        return { worker, answer: JSON.parse(JSON.stringify(answer)) }
      }),
    )
  }
}

interface Member extends AsyncDisposable {
  readonly gateway: Gateway
  readonly log: CapturedLog
}

async function openFamily(metrics: number) {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const folder = resources.use(
    await makeGatewayFolder({ definitions: { 'api.json': definition(upstream.url) }, config: { metrics: { port: metrics } } }),
  )
  const family = new Family(2)
  const open = async (worker: number): Promise<Member> => {
    const log = captureLog()
    const gateway = await openGateway({
      config: await loadConfig({ file: folder.config, env: {} }),
      log: await openLog({ level: 'info', format: 'json', destination: log.destination }),
      env: {},
      siblings: family.siblingsOf(worker),
      standIns: { store: await openMemoryStore() },
    })
    const close = async () => {
      family.members.delete(worker)
      await gateway.close()
    }
    return { gateway, log, [Symbol.asyncDispose]: close }
  }
  const members = [resources.use(await open(1)), resources.use(await open(2))] as const
  const opened = resources.move()
  return { members, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const request = 'GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n'

describe('processes of one gateway', () => {
  test('are all in the metrics, each by its number, whichever has the port, and when it goes another has it', async () => {
    const port = await closedPort()
    await using family = await openFamily(port)
    const [first, second] = family.members
    await exchange(first.gateway.port, request)
    for (let i = 0; i < 2; i += 1) await exchange(second.gateway.port, request)
    const found = await until('both', async () => {
      const all = await scrape(port)
      return all.value('postern_requests_total') === 3 ? all : null
    })
    assert.equal(found.value('postern_requests_total', { worker: '1' }), 1)
    assert.equal(found.value('postern_requests_total', { worker: '2' }), 2)
    assert.equal(found.value('postern_workers'), 2)
    assert.equal(found.value('postern_worker_answered'), 2)
    for (const { log } of family.members) assert.ok(!log.lines.some((line) => line.includes('metrics_not_served')))

    await first[Symbol.asyncDispose]()
    const left = await until('the other one to have the port', () => scrape(port).catch(() => null))
    assert.equal(left.value('postern_requests_total', { worker: '1' }), undefined)
    assert.equal(left.value('postern_requests_total', { worker: '2' }), 2)
    assert.equal(left.value('postern_worker_answered', { worker: '1' }), 0)
  })

  test('have one level of the log', async () => {
    await using family = await openFamily(0)
    const [first, second] = family.members
    const ask = async (port: number, init: RequestInit = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/tyk/log/level`, {
        headers: { 'X-Tyk-Authorization': 'test-secret' },
        ...init,
      })
      return (await response.json()) as { workers: unknown; message: string }
    }
    const headers = { 'X-Tyk-Authorization': 'test-secret' }
    await ask(first.gateway.port, { method: 'PUT', headers, body: '{"level":"debug"}' })
    assert.deepEqual((await ask(second.gateway.port)).workers, [
      { worker: 1, level: 'debug' },
      { worker: 2, level: 'debug' },
    ])
    await second[Symbol.asyncDispose]()
    const { message } = await ask(first.gateway.port, { method: 'PUT', headers, body: '{"level":"info"}' })
    assert.equal(message, '1 of 2 processes did not answer')
  })
})
