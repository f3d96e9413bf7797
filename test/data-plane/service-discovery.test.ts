import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Fleet, openFleet } from '../harness/fleet.ts'
import { headerValue } from '../harness/http-message.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

type Name = 'registry' | 'own' | 'a' | 'b'

const config = { service_discovery: { default_cache_timeout: 0.02 } }

/** A fleet whose registry answers as told; `own` is the target of the definition. */
async function open(
  registry: (urls: Record<Name, string>) => Script,
  fields: object = {},
  proxy: object = {},
): Promise<Fleet<Name>> {
  let script: Script = ({ close }) => close('reset')
  return await openFleet<Name>({
    upstreams: { registry: (to) => script(to), own: null, a: null, b: null },
    definition: (urls) => {
      script = registry(urls)
      return {
        proxy: {
          target_url: urls.own,
          service_discovery: {
            use_discovery_service: true,
            query_endpoint: `${urls.registry}/services?key=secret`,
            data_path: 'host',
            port_data_path: 'port',
            ...fields,
          },
          ...proxy,
        },
      }
    },
    config,
  })
}

const json =
  (value: unknown): Script =>
  ({ answer }) =>
    answer(200, ['Content-Type: application/json'], JSON.stringify(value))

const entry = (url: string) => ({ host: '127.0.0.1', port: new URL(url).port })
const balanced = { enable_load_balancing: true }

describe('requests go', () => {
  test('to the target that the registry names, from the first one on', async () => {
    await using fleet = await open(({ a }) => json(entry(a)))
    assert.deepEqual(await fleet.askTimes(3), ['a', 'a', 'a'])
    const [asked] = fleet.upstreams.registry.requests
    assert.equal(`${asked?.method} ${asked?.target}`, 'GET /services?key=secret')
    assert.equal(headerValue(asked?.head.lines ?? [], 'host'), `127.0.0.1:${fleet.upstreams.registry.port}`)
  })

  test('to the path that the definition has for targets', async () => {
    await using fleet = await open(({ a }) => json(entry(a)), { target_path: '/v2' })
    await fleet.ask('GET /api/x')
    assert.equal(fleet.upstreams.a.requests[0]?.target, '/v2/x')
  })

  test('to all that it names, where requests are balanced', async () => {
    await using fleet = await open(({ a, b }) => json([entry(a), entry(b)]), { use_target_list: true }, balanced)
    assert.deepEqual(await fleet.askTimes(4), ['a', 'b', 'a', 'b'])
  })

  test('to the first alone, where the list is not wanted', async () => {
    await using fleet = await open(({ a, b }) => json([entry(a), entry(b)]), {}, balanced)
    assert.deepEqual(await fleet.askTimes(3), ['a', 'a', 'a'])
  })

  test('to the first alone, where requests are not balanced', async () => {
    await using fleet = await open(({ a, b }) => json([entry(b), entry(a)]), { use_target_list: true })
    assert.deepEqual(await fleet.askTimes(3), ['b', 'b', 'b'])
  })

  test('elsewhere once it names others, and the log tells', async () => {
    await using fleet = await open(({ a }) => json(entry(a)))
    assert.deepEqual(await fleet.askTimes(1), ['a'])
    fleet.upstreams.registry.script = json(entry(fleet.upstreams.b.url))
    await until('the other target', async () => (await fleet.askTimes(1))[0] === 'b')
    const line = await fleet.gateway.log.waitFor(`"targets":["${fleet.upstreams.b.url}/"]`)
    assert.ok(!line.includes('secret'), 'a query may hold a key')
  })

  test('to targets that fail no more than to others', async () => {
    await using fleet = await open(
      ({ a, b }) => json([entry(a), entry(b)]),
      { use_target_list: true },
      { ...balanced, load_balancing: { ejection: { failures: 1, cooldown_ms: 600_000 } } },
    )
    fleet.upstreams.a.script = ({ answer }) => answer(500)
    assert.deepEqual(await fleet.askTimes(4), ['500', 'b', 'b', 'b'])
    const { requests } = fleet.upstreams.registry
    const before = requests.length
    await until('more answers', () => requests.length > before + 3)
    assert.deepEqual(await fleet.askTimes(3), ['b', 'b', 'b'], 'another answer of the same does not bring them back')
  })
})

describe('a registry that fails', () => {
  const failures: Record<string, Script> = {
    'by its status': ({ answer }) => answer(500),
    'by what it says': json([]),
    'by saying nothing': ({ close }) => close('reset'),
  }
  for (const [how, failing] of Object.entries(failures)) {
    test(`${how} is not followed: the targets that it has named last stay`, async () => {
      await using fleet = await open(({ a }) => json(entry(a)))
      fleet.upstreams.registry.script = failing
      await fleet.gateway.log.waitFor('requests go on to the targets that it has named last')
      assert.deepEqual(await fleet.askTimes(3), ['a', 'a', 'a'])
      const { requests } = fleet.upstreams.registry
      const before = requests.length
      await until('more questions', () => requests.length > before + 3)
      const complaints = fleet.gateway.log.lines.filter((line) => line.includes('Ask the service registry'))
      assert.equal(complaints.length, 1, 'it is complained about once')
      fleet.upstreams.registry.script = json(entry(fleet.upstreams.b.url))
      await until('the other target', async () => (await fleet.askTimes(1))[0] === 'b')
    })
  }

  test('from the beginning leaves the target of the definition', async () => {
    await using fleet = await open(
      () =>
        ({ answer }) =>
          answer(404),
    )
    assert.deepEqual(await fleet.askTimes(2), ['own', 'own'])
    await fleet.gateway.log.waitFor('its status is 404, expected 200; requests go on to target_url')
  })

  test('to answer in time is not waited for longer than a second', async () => {
    await using fleet = await open(
      () =>
        ({ closed }) =>
          closed,
    )
    assert.deepEqual(await fleet.askTimes(1), ['own'])
  })
})

test('a request that is under way ends where it is, although the registry names others', async () => {
  await using fleet = await open(({ a }) => json(entry(a)))
  const held = Promise.withResolvers<void>()
  fleet.upstreams.a.script = async ({ answer }) => {
    await held.promise
    await answer(200, [], 'a')
  }
  using _ = { [Symbol.dispose]: held.resolve }
  const waiting = fleet.ask()
  await until('the request', () => fleet.upstreams.a.requests[0])
  fleet.upstreams.registry.script = json(entry(fleet.upstreams.b.url))
  await fleet.gateway.log.waitFor(`"targets":["${fleet.upstreams.b.url}/"]`)
  assert.deepEqual(await fleet.askTimes(1), ['b'])
  held.resolve()
  assert.equal((await waiting).text, 'a')
})

test('a reload keeps what was found, and ends questions that nobody asks any more', async () => {
  await using fleet = await open(({ a }) => json(entry(a)))
  assert.deepEqual(await fleet.askTimes(1), ['a'])
  fleet.upstreams.registry.script = ({ answer }) => answer(500)
  await fleet.gateway.log.waitFor('Ask the service registry')
  const { registry, own } = fleet.upstreams
  const discovering = {
    target_url: own.url,
    service_discovery: {
      use_discovery_service: true,
      query_endpoint: `${registry.url}/services?key=secret`,
      data_path: 'host',
      port_data_path: 'port',
    },
  }
  await fleet.redefine(() => ({ name: 'Changed', proxy: discovering }))
  assert.deepEqual(await fleet.askTimes(1), ['a'])
  await fleet.redefine(() => ({ proxy: { target_url: own.url } }))
  assert.deepEqual(await fleet.askTimes(1), ['own'])
  await until('the questions to end', async () => {
    const before = registry.requests.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    return registry.requests.length === before
  })
})
