import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { type FleetOptions, openFleet, refuse, say } from '../harness/fleet.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

type Name = 'a' | 'b' | 'c'

const three = { a: null, b: null, c: null }

/** An API balanced among all upstreams. */
const balanced =
  (load_balancing: object = {}, proxy: object = {}): FleetOptions<Name>['definition'] =>
  (urls) => ({ proxy: { enable_load_balancing: true, target_list: Object.values(urls), load_balancing, ...proxy } })

const count = (answers: readonly string[]) =>
  Object.fromEntries(
    Map.groupBy(answers, (name) => name)
      .entries()
      .map(([name, all]) => [name, all.length]),
  )

describe('requests are shared out', () => {
  test('in turn', async () => {
    await using fleet = await openFleet({ upstreams: three, definition: balanced() })
    assert.equal((await fleet.askTimes(7)).join(''), 'abcabca')
  })

  test('by weight, evenly mixed', async () => {
    await using fleet = await openFleet({
      upstreams: three,
      definition: (urls) => balanced({ algorithm: 'weighted', weights: { [urls.a]: 2, [urls.b]: 1, [urls.c]: 0 } })(urls),
    })
    assert.equal((await fleet.askTimes(6)).join(''), 'abaaba')
  })

  test('to whom has the fewest under way', async () => {
    const held = Promise.withResolvers<void>()
    const slow: Script = async ({ answer }) => {
      await held.promise
      await answer(200, [], 'a')
    }
    await using fleet = await openFleet({
      upstreams: { a: slow, b: null, c: null },
      definition: balanced({ algorithm: 'least_connections' }),
    })
    using _ = { [Symbol.dispose]: held.resolve }
    const waiting = fleet.ask()
    await until('the first request', () => fleet.upstreams.a.requests[0])
    assert.deepEqual(count(await fleet.askTimes(8)), { b: 4, c: 4 })
    held.resolve()
    assert.equal((await waiting).text, 'a')
    assert.ok((await fleet.askTimes(6)).includes('a'), 'what has ended counts no more')
  })

  test('to whom has the fewest WebSockets', async () => {
    const upgrade: Script = async ({ write, closed }) => {
      await write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      await closed
    }
    await using fleet = await openFleet({
      upstreams: { a: upgrade, b: upgrade, c: upgrade },
      definition: balanced({ algorithm: 'least_connections' }),
    })
    const handshake = formatRequest('GET /api/', ['Connection: Upgrade', 'Upgrade: websocket'])
    await using clients = new AsyncDisposableStack()
    for (let i = 0; i < 6; i += 1) {
      const client = clients.adopt(await openConnection(fleet.gateway.port), (connection) => connection[Symbol.dispose]())
      await client.send(handshake)
      assert.match((await client.receiveHead()).startLine, /101/)
    }
    const { a, b, c } = fleet.upstreams
    assert.deepEqual(
      [a, b, c].map(({ requests }) => requests.length),
      [2, 2, 2],
    )
  })

  test('to targets with paths, queries and names of their own, with or without a scheme', async () => {
    await using fleet = await openFleet<'a' | 'b'>({
      upstreams: { a: null, b: null },
      definition: ({ a, b }) => ({
        proxy: { enable_load_balancing: true, target_list: [`${a}/v1?x=1`, b.replace('http://127.0.0.1', 'localhost')] },
      }),
    })
    await exchange(fleet.gateway.port, formatRequest('GET /api/p?y=2'))
    await exchange(fleet.gateway.port, formatRequest('GET /api/p?y=2'))
    const { a, b } = fleet.upstreams
    assert.equal(a.requests[0]?.target, '/v1/p?x=1&y=2')
    assert.equal(b.requests[0]?.target, '/p?y=2')
    assert.equal(headerValue(b.requests[0]?.head.lines ?? [], 'host'), `localhost:${b.port}`)
  })

  test('and the access log tells where each went', async () => {
    await using fleet = await openFleet({
      upstreams: three,
      definition: balanced(),
      config: { access_logs: { enabled: true } },
    })
    await fleet.askTimes(2)
    await until('two lines', () => fleet.gateway.log.lines.filter((line) => line.includes('access-log')).length === 2)
    const lines = fleet.gateway.log.lines.filter((line) => line.includes('access-log'))
    const { a, b } = fleet.upstreams
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).upstream_addr),
      [`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`],
    )
  })
})

describe('a target whose requests fail', () => {
  const ejecting = (cooldown_ms: number, failures = 2) => balanced({ ejection: { failures, cooldown_ms } })

  test('is left out after as many in a row as the definition says, and the log tells', async () => {
    await using fleet = await openFleet({ upstreams: { a: refuse(500), b: null, c: null }, definition: ejecting(600_000) })
    assert.equal((await fleet.askTimes(8)).join(' '), '500 b c 500 b c b c')
    const line = await fleet.gateway.log.waitFor('"event":"HostDown"')
    assert.match(line, new RegExp(`"host":"127.0.0.1:${fleet.upstreams.a.port}"`))
    assert.match(line, /"api_id":"test-api"/)
  })

  test('is left out where it refuses connections', async () => {
    const closed = `http://127.0.0.1:${await closedPort()}`
    await using fleet = await openFleet<Name>({
      upstreams: three,
      definition: ({ b }) => ({
        proxy: {
          enable_load_balancing: true,
          target_list: [closed, b],
          load_balancing: { ejection: { failures: 1, cooldown_ms: 600_000 } },
        },
      }),
    })
    assert.equal((await fleet.askTimes(4)).join(' '), '500 b b b')
  })

  test('is left out where it takes too long', async () => {
    await using fleet = await openFleet({
      upstreams: { a: ({ closed }) => closed, b: null, c: null },
      definition: ejecting(600_000, 1),
      config: { proxy_default_timeout: 0.2 },
    })
    assert.equal((await fleet.askTimes(4)).join(' '), '504 b c b')
  })

  test('stays where not all in a row fail, or where it is the client who is wrong', async () => {
    const turns = ['500', '404', '500', '404', '500']
    const mixed: Script = async ({ answer }) => answer(Number(turns.shift()))
    await using fleet = await openFleet<'a' | 'b'>({
      upstreams: { a: mixed, b: null },
      definition: ({ a, b }) => ({
        proxy: { enable_load_balancing: true, target_list: [a, b], load_balancing: { ejection: { failures: 2 } } },
      }),
    })
    assert.equal((await fleet.askTimes(10)).join(' '), '500 b 404 b 500 b 404 b 500 b')
  })

  test('is tried again with one request once its time is over, and comes back if that is well', async () => {
    await using fleet = await openFleet({ upstreams: { a: refuse(503), b: null, c: null }, definition: ejecting(50, 1) })
    assert.equal((await fleet.askTimes(3)).join(' '), '503 b c')
    fleet.upstreams.a.script = say('a')
    await until('the target to be back', async () => (await fleet.askTimes(1))[0] === 'a')
    await fleet.gateway.log.waitFor('"event":"HostUp"')
    assert.deepEqual(count(await fleet.askTimes(6)), { a: 2, b: 2, c: 2 })
  })

  test('is left out again if the trial fails', async () => {
    await using fleet = await openFleet({ upstreams: { a: refuse(503), b: null, c: null }, definition: ejecting(50, 1) })
    const { requests } = fleet.upstreams.a
    await until('a second trial', async () => {
      await fleet.askTimes(1)
      return requests.length >= 3
    })
    assert.equal(fleet.gateway.log.lines.filter((line) => line.includes('HostDown')).length, 1, 'it was down all the time')
  })

  test('gets one trial at a time, and a client that leaves decides nothing', async () => {
    await using fleet = await openFleet({ upstreams: { a: refuse(503), b: null, c: null }, definition: ejecting(1, 1) })
    await fleet.askTimes(1)
    const { a } = fleet.upstreams
    a.script = ({ closed }) => closed
    const clients = new DisposableStack()
    await until('a trial to hang', async () => {
      if (a.requests.length > 1) return true
      await clients.use(await openConnection(fleet.gateway.port)).send(formatRequest('GET /api/'))
      return false
    })
    assert.deepEqual(count(await fleet.askTimes(6)), { b: 3, c: 3 })
    a.script = say('a')
    clients.dispose()
    await until('the next trial', async () => (await fleet.askTimes(1))[0] === 'a')
  })

  test('is still left out after a reload', async () => {
    await using fleet = await openFleet({ upstreams: { a: refuse(500), b: null, c: null }, definition: ejecting(600_000, 1) })
    await fleet.askTimes(3)
    await fleet.redefine((urls) => ({ ...ejecting(600_000, 1)(urls), name: 'Changed' }))
    assert.deepEqual(count(await fleet.askTimes(6)), { b: 3, c: 3 })
  })
})

test('where every target is left out the answer is 503, in plain text', async () => {
  await using fleet = await openFleet<'a'>({
    upstreams: { a: refuse(500) },
    definition: ({ a }) => ({
      proxy: {
        enable_load_balancing: true,
        target_list: [a],
        load_balancing: { ejection: { failures: 1, cooldown_ms: 600_000 } },
      },
    }),
  })
  assert.equal((await fleet.ask()).status, 500)
  const { status, text, head } = await fleet.ask('POST /api/', 'content')
  assert.equal(status, 503)
  assert.equal(text, 'all hosts are down')
  assert.equal(headerValue(head.lines, 'content-type'), 'text/plain; charset=utf-8')
  await fleet.gateway.log.waitFor('all hosts are down')
  const handshake = formatRequest('GET /api/', ['Connection: Upgrade', 'Upgrade: websocket'])
  assert.equal((await exchange(fleet.gateway.port, handshake)).status, 503)
})
