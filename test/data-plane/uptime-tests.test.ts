import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { openFleet } from '../harness/fleet.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { headerValue } from '../harness/http-message.ts'
import { type Script, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

/** Tests every 20 ms. */
const config = (samples: number) => ({ uptime_tests: { config: { time_wait: 0.02, failure_trigger_sample_size: samples } } })

/** Answers tests as told, and everything else with a name. */
function host(name: string, health: { status: number }): Script {
  return async ({ request, receive, answer }) => {
    await receive()
    if (request.target === '/health') await answer(health.status)
    else await answer(200, [], name)
  }
}

const balanced = (urls: Record<'a' | 'b', string>) => ({
  proxy: { enable_load_balancing: true, target_list: [urls.a, urls.b], check_host_against_uptime_tests: true },
  uptime_tests: { check_list: [{ url: `${urls.a}/health` }] },
})

describe('a host that fails its tests', () => {
  test('gets nothing until it passes them again; the log tells of both', async () => {
    const health = { status: 500 }
    await using fleet = await openFleet({
      upstreams: { a: host('a', health), b: null },
      definition: balanced,
      config: config(2),
    })
    const down = await fleet.gateway.log.waitFor('"event":"HostDown"')
    assert.match(down, /it answered 500, expected 200 to 299/)
    assert.match(down, new RegExp(`"host":"127.0.0.1:${fleet.upstreams.a.port}"`))
    assert.deepEqual(await fleet.askTimes(3), ['b', 'b', 'b'])
    health.status = 204
    await fleet.gateway.log.waitFor('"event":"HostUp"')
    assert.deepEqual((await fleet.askTimes(4)).sort(), ['a', 'a', 'b', 'b'])
  })

  test('is believed to be up until as many in a row have failed as gateway.conf says', async () => {
    let tests = 0
    await using fleet = await openFleet({
      upstreams: {
        a: async ({ answer, request }) => answer(request.target === '/health' && tests++ % 3 !== 2 ? 503 : 200, [], 'a'),
        b: null,
      },
      definition: balanced,
      config: config(3),
    })
    await until('ten tests', () => tests > 10)
    assert.equal(fleet.gateway.log.lines.filter((line) => line.includes('HostDown')).length, 0)
    assert.deepEqual((await fleet.askTimes(4)).sort(), ['a', 'a', 'b', 'b'])
  })

  test('is asked for all the same where the definition does not heed its tests', async () => {
    await using fleet = await openFleet({
      upstreams: { a: host('a', { status: 500 }), b: null },
      definition: (urls) => ({
        ...balanced(urls),
        proxy: { enable_load_balancing: true, target_list: [urls.a, urls.b] },
      }),
      config: config(1),
    })
    await fleet.gateway.log.waitFor('"event":"HostDown"')
    assert.deepEqual((await fleet.askTimes(4)).sort(), ['a', 'a', 'b', 'b'])
  })

  test('is down as well if it does not answer in time', async () => {
    await using fleet = await openFleet({
      upstreams: { a: ({ closed }) => closed, b: null },
      definition: (urls) => ({ ...balanced(urls), uptime_tests: { check_list: [{ url: urls.a, timeout: '50ms' }] } }),
      config: config(1),
    })
    assert.match(await fleet.gateway.log.waitFor('"event":"HostDown"'), /no answer within 50 ms/)
    assert.deepEqual(await fleet.askTimes(2), ['b', 'b'])
  })

  test('leaves nobody where it is the only one', async () => {
    await using fleet = await openFleet({
      upstreams: { a: host('a', { status: 500 }), b: null },
      definition: (urls) => ({ ...balanced(urls), proxy: { ...balanced(urls).proxy, target_list: [urls.a] } }),
      config: config(1),
    })
    await fleet.gateway.log.waitFor('"event":"HostDown"')
    const { status, text } = await fleet.ask()
    assert.equal(`${status} ${text}`, '503 all hosts are down')
  })
})

test('a test is sent as the definition says', async () => {
  await using fleet = await openFleet({
    upstreams: { a: null, b: null },
    definition: (urls) => ({
      ...balanced(urls),
      uptime_tests: {
        check_list: [
          {
            url: `${urls.a.replace('http://', '')}/deep/health?x=1`,
            method: 'POST',
            headers: { 'X-Probe': 'yes' },
            body: Buffer.from('ping').toString('base64'),
            timeout: 2_000_000_000,
          },
        ],
      },
    }),
    config: config(1),
  })
  const request = await until('a test', () => fleet.upstreams.a.requests[0])
  assert.equal(`${request.method} ${request.target}`, 'POST /deep/health?x=1')
  assert.equal(headerValue(request.head.lines, 'x-probe'), 'yes')
  assert.equal(headerValue(request.head.lines, 'host'), `127.0.0.1:${fleet.upstreams.a.port}`)
  await until('its body', () => request.body.parts.join('') === 'ping')
})

test('a reload leaves unchanged tests alone, and ends those that nobody wants any more', async () => {
  await using fleet = await openFleet({
    upstreams: { a: host('a', { status: 500 }), b: null },
    definition: balanced,
    config: config(1),
  })
  await fleet.gateway.log.waitFor('"event":"HostDown"')
  await fleet.redefine((urls) => ({ ...balanced(urls), name: 'Changed' }))
  assert.deepEqual(await fleet.askTimes(2), ['b', 'b'], 'the verdict is kept')
  assert.equal(fleet.gateway.log.lines.filter((line) => line.includes('HostDown')).length, 1)
  await fleet.redefine(({ a }) => ({ proxy: { target_url: a } }))
  const { requests } = fleet.upstreams.a
  await until('the tests to end', async () => {
    const before = requests.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    return requests.length === before
  })
})

test('gateway.conf may turn tests off', async () => {
  await using fleet = await openFleet({
    upstreams: { a: host('a', { status: 500 }), b: null },
    definition: balanced,
    config: { uptime_tests: { disable: true } },
  })
  assert.deepEqual((await fleet.askTimes(4)).sort(), ['a', 'a', 'b', 'b'])
  assert.ok(fleet.upstreams.a.requests.every(({ target }) => target === '/'))
})

test('a gateway that tests ends when it is told to', async () => {
  await using upstream = await startUpstream(({ closed }) => closed)
  await using gateway = await startGatewayProcess({
    definitions: {
      'api.json': definition(upstream.url, { uptime_tests: { check_list: [{ url: upstream.url, timeout: '60s' }] } }),
    },
    config: config(1),
  })
  await until('a test', () => upstream.requests[0])
  gateway.signal('SIGTERM')
  assert.deepEqual(await gateway.exited, [0, null])
})
