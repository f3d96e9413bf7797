import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { definition } from '../harness/definition.ts'
import { until } from '../harness/until.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { type FleetStage, type GatewayName, openFleetStage } from './fleet-stage.ts'
import { type LoadReport, SteadyLoad } from './steady-load.ts'

const PER_SECOND = 500

const api = definition('http://echo:8080/', {
  use_keyless: false,
  use_standard_auth: true,
  custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Mark', path: 'upload://mark.js' }] },
})
/** Lets a request of its own kind show that it is there; it passes all others on. */
const plugin = (text: string) =>
  makeArtifact(`exports.Mark = (c) => (c.req.raw.headers.get('x-ask') ? c.text('${text}') : undefined)\n`)

/** A key that is counted, in Redis, and never refused. */
const session = {
  org_id: 'default',
  access_rights: { 'test-api': { api_id: 'test-api', versions: ['Default'] } },
  rate: 1_000_000,
  per: 60,
  quota_max: 100_000_000,
  quota_renewal_rate: 3600,
}

function describe({ sent, perSecond, failed, p50, p99, longest }: LoadReport): string {
  return `${sent} requests, ${perSecond} a second, ${failed} failed; p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms`
}

let stage: FleetStage
before(async () => {
  stage = await openFleetStage([api])
  assert.equal((await stage.admin('gateway-2', 'PUT /tyk/plugins/mark.js', plugin('first'))).json.active, true)
  assert.equal((await stage.admin('gateway-1', 'POST /tyk/keys/client', session)).status, 200)
})
after(() => stage?.[Symbol.asyncDispose]())

const names = ['gateway-1', 'gateway-2', 'gateway-3'] as const satisfies GatewayName[]

/** Has a gateway see the key: one that it has never seen it cannot know while it is cut off. */
async function use(name: GatewayName): Promise<void> {
  const url = `${await stage.gateways[name].urlOf(8181)}/api/get`
  await until('the key', async () => (await fetch(url, { headers: { Authorization: 'client' } })).status === 200)
}

const loadOn = (url: string) => new SteadyLoad(`${url}/api/get`, { perSecond: PER_SECOND, headers: { Authorization: 'client' } })

test('a fleet whose gateways are restarted one after the other fails no request of 500 a second', async (t) => {
  await using proxy = await stage.openProxy('haproxy')
  for (const name of names) await until(`${name} to be up`, () => proxy.isUp(name))
  await using load = loadOn(proxy.url)
  await delay(1000)
  for (const name of names) {
    const { container } = stage.gateways[name]
    await container.stop({ t: 30 })
    assert.equal((await container.inspect()).State.ExitCode, 0)
    await container.start()
    await until(`${name} to be ready again`, () => stage.isReady(name), 60_000)
    await until(`${name} to be up again`, () => proxy.isUp(name))
  }
  await delay(1000)
  const report = await load.stop()
  t.diagnostic(describe(report))
  assert.deepEqual(report.failures, {})
  // One that was started anew has what was uploaded before.
  for (const name of names) assert.equal(await answerOf(name), 'first')
})

test('a fleet of which one gateway is killed and one is cut off from Redis goes on', async (t) => {
  for (const name of names) await use(name)
  await using proxy = await stage.openProxy('nginx')
  await using load = loadOn(proxy.url)
  await delay(1000)
  await stage.gateways['gateway-3'].container.kill()
  await delay(1000)
  await stage.cutOffFromRedis('gateway-2')
  await until('the loss of Redis', async () => (await healthOfRedis('gateway-2')) === 'warn')
  const uploaded = await stage.admin('gateway-1', 'PUT /tyk/plugins/mark.js', plugin('second'))
  assert.deepEqual([uploaded.status, uploaded.json.active], [200, true])
  assert.equal(await answerOf('gateway-2'), 'first')
  await delay(2000)
  await stage.joinRedis('gateway-2')
  await until('the return of Redis', async () => (await healthOfRedis('gateway-2')) === 'pass')
  await until('the plugin that was missed', async () => (await answerOf('gateway-2')) === 'second')
  const report = await load.stop()
  t.diagnostic(describe(report))
  // nginx sends elsewhere what the killed one had in hand, since it may be repeated.
  assert.deepEqual(report.failures, {})
})

/** What its plugin answers. */
async function answerOf(name: GatewayName): Promise<string> {
  return await (await fetch(`${await stage.gateways[name].urlOf(8181)}/api/`, { headers: { 'x-ask': '1' } })).text()
}

async function healthOfRedis(name: GatewayName): Promise<string> {
  const answer = await fetch(`${await stage.gateways[name].urlOf(8181)}/hello`)
  return ((await answer.json()) as { details: { redis: { status: string } } }).details.redis.status
}
