import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { formatChunk, formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

async function get(options: StageOptions) {
  await using stage = await openStage(options)
  const response = await exchange(stage.port, formatRequest('GET /api/'))
  return { ...response, log: stage.gateway.log.lines.join('\n') }
}

const body = (message: string) => `{\n    "error": "${message}"\n}`

describe('an upstream that fails before its response', async () => {
  const failures: Record<string, StageOptions> = {
    'closes at once': { script: ({ close }) => close('end') },
    'resets the connection': { script: ({ close }) => close('reset') },
    'closes in the middle of the head': {
      script: async ({ write, close }) => {
        await write('HTTP/1.1 200 OK\r\nX-Half')
        close('end')
      },
    },
    'speaks no HTTP': { script: ({ write }) => write('SSH-2.0-OpenSSH_9.2p1\r\n') },
    'refuses connections': { definition: { proxy: { target_url: `http://127.0.0.1:${await closedPort()}/` } } },
  }
  for (const [what, options] of Object.entries(failures)) {
    test(`because it ${what} is 500`, async () => {
      const { status, head, text, log } = await get(options)
      assert.equal(status, 500)
      assert.equal(text, body('There was a problem proxying the request'))
      assert.equal(headerValue(head.lines, 'content-type'), 'application/json')
      assert.match(log, /There was a problem proxying the request/)
    })
  }

  test('because its name is unknown is 500 with a message of its own', async () => {
    const { status, text } = await get({ definition: { proxy: { target_url: 'http://no-such-host.invalid/' } } })
    assert.equal(status, 500)
    assert.equal(text, body('Upstream host lookup failed'))
  })

  test('because it takes longer than proxy_default_timeout is 504', async () => {
    const { status, text } = await get({ script: ({ closed }) => closed, config: { proxy_default_timeout: 0.2 } })
    assert.equal(status, 504)
    assert.equal(text, body('Upstream service reached hard timeout.'))
  })
})

describe('an upstream that fails within its response is seen to be cut short', () => {
  const heads = { chunked: 'Transfer-Encoding: chunked', 'of a known length': 'Content-Length: 100' }
  for (const [framing, line] of Object.entries(heads)) {
    for (const how of ['end', 'reset'] as const) {
      test(`${framing}, by ${how === 'end' ? 'its end' : 'a reset'}`, async () => {
        const script: Script = async ({ write, close }) => {
          await write(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`)
          await write(framing === 'chunked' ? formatChunk('part') : 'part')
          // The part is on its way before the connection goes.
          setTimeout(() => close(how), 50)
        }
        const { status, text, body } = await get({ script })
        assert.equal(status, 200)
        assert.equal(text, 'part')
        assert.equal(body.complete, false)
      })
    }
  }
})

test('a failure of one request leaves the next one alone', async () => {
  await using stage = await openStage({ script: ({ close }) => close('reset') })
  assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 500)
  stage.upstream.script = ({ answer }) => answer(200)
  assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 200)
})

test('an upstream that is too slow is let go of', async () => {
  await using stage = await openStage({ script: ({ closed }) => closed, config: { proxy_default_timeout: 0.2 } })
  assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 504)
  await until('the upstream to see it', () => stage.upstream.requests[0]?.aborted)
})

describe('plugins around an upstream that fails', () => {
  const around = (body: string): StageOptions => ({
    plugin: `
      import type { Plugin } from 'postern/plugin'
      export const Around: Plugin = async (c, next) => {
        await next()
        ${body}
      }
    `,
    definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Around', path: 'plugin.js' }] } },
  })
  const cutShort: Script = async ({ write, close }) => {
    await write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart')
    setTimeout(() => close('reset'), 50)
  }

  test('see the answer that the client will get', async () => {
    const options = around("c.res.headers.set('X-Seen', String(c.res.status))")
    const { status, head } = await get({ ...options, script: ({ close }) => close('end') })
    assert.equal(status, 500)
    assert.equal(headerValue(head.lines, 'x-seen'), '500')
  })

  test('do not take a part of a body for the whole', async () => {
    const { status, text } = await get({ ...around('return c.text((await c.res.text()).toUpperCase())'), script: cutShort })
    assert.equal(status, 500)
    assert.equal(text.includes('PART'), false)
  })

  test('pass a body on that is cut short, cut short', async () => {
    const { status, body } = await get({ ...around("c.res.headers.set('X-Seen', '1')"), script: cutShort })
    assert.equal(status, 200)
    assert.equal(body.complete, false)
  })

  test('stream a body on that is cut short, cut short', async () => {
    const { status, body } = await get({ ...around('c.res = new Response(c.res.body, c.res)'), script: cutShort })
    assert.equal(status, 200)
    assert.equal(body.complete, false)
  })
})
