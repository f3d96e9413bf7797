import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type Stage } from '../harness/stage.ts'

/** Answers the first request of the first connection; what becomes of the others is up to the test. */
const once =
  (then: Script): Script =>
  async (to) => {
    await to.receive()
    if (to.request.target === '/first') await to.answer(200, [], 'first')
    else await then(to)
  }

const onFirstConnection =
  (then: Script): Script =>
  async (to) => {
    if (to.request.connection === 0) await then(to)
    else await to.answer(200, [], 'second')
  }

/** Leaves a connection open, then sends a request that is to go over it. */
async function after(stage: Stage, request: Buffer) {
  assert.equal((await exchange(stage.port, formatRequest('GET /api/first'))).text, 'first')
  const { status, text } = await exchange(stage.port, request)
  const seen = stage.upstream.requests.map(({ connection, method, target }) => `${connection} ${method} ${target}`)
  return { status, text, seen }
}

describe('a kept connection that the upstream closes just when it is used again', () => {
  for (const how of ['end', 'reset'] as const) {
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PUT']) {
      test(`by ${how === 'end' ? 'its end' : 'a reset'}: ${method} is sent once more, over a new one`, async () => {
        await using stage = await openStage({ script: once(onFirstConnection(({ close }) => close(how))) })
        const { status, seen } = await after(stage, formatRequest(`${method} /api/next`))
        assert.equal(status, 200)
        assert.deepEqual(seen, ['0 GET /first', `0 ${method} /next`, `1 ${method} /next`])
      })
    }
  }

  test('a body that a plugin has read is sent once more', async () => {
    await using stage = await openStage({
      script: once(
        onFirstConnection(({ close, request }) => {
          if (request.body.parts.length > 0) close('reset')
        }),
      ),
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Read: Plugin = async (c) => { await c.req.text() }
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Read', path: 'plugin.js' }] } },
    })
    const { status, seen } = await after(stage, formatRequest('PUT /api/next', [], 'kept'))
    assert.equal(status, 200)
    assert.deepEqual(seen, ['0 GET /first', '0 PUT /next', '1 PUT /next'])
    assert.equal(stage.upstream.requests[2]?.body.parts.join(''), 'kept')
  })
})

describe('a request is sent only once', () => {
  const cases: Record<string, [then: Script, request: Buffer, seen: string[]]> = {
    'if doing it twice may mean something else': [
      ({ close }) => close('reset'),
      formatRequest('POST /api/next', [], 'content'),
      ['0 GET /first', '0 POST /next'],
    ],
    'if its body has gone by': [
      ({ close }) => close('reset'),
      formatRequest('PUT /api/next', [], 'content'),
      ['0 GET /first', '0 PUT /next'],
    ],
    'if its response has begun': [
      async ({ write, close }) => {
        await write('HTTP/1.1 2')
        close('end')
      },
      formatRequest('GET /api/next'),
      ['0 GET /first', '0 GET /next'],
    ],
    'if an interim response has come': [
      async ({ write, close }) => {
        await write('HTTP/1.1 103 Early\r\n\r\n')
        close('end')
      },
      formatRequest('GET /api/next'),
      ['0 GET /first', '0 GET /next'],
    ],
    'if what came is no HTTP': [
      ({ write }) => write('SSH-2.0-OpenSSH_9.2p1\r\n'),
      formatRequest('GET /api/next'),
      ['0 GET /first', '0 GET /next'],
    ],
  }
  for (const [why, [then, request, expected]] of Object.entries(cases)) {
    test(why, async () => {
      await using stage = await openStage({ script: once(then) })
      const { status, seen } = await after(stage, request)
      assert.equal(status, 500)
      assert.deepEqual(seen, expected)
    })
  }

  test('over a new connection', async () => {
    await using stage = await openStage({ script: ({ close }) => close('reset') })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 500)
    assert.equal(stage.upstream.requests.length, 1)
  })

  test('and once more, but not again after that', async () => {
    await using stage = await openStage({ script: once(({ close }) => close('reset')) })
    const { status, seen } = await after(stage, formatRequest('GET /api/next'))
    assert.equal(status, 500)
    assert.deepEqual(seen, ['0 GET /first', '0 GET /next', '1 GET /next'])
  })
})
