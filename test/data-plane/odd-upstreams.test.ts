import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'

const ok = 'Content-Length: 2\r\n\r\nok'

/** What an upstream sends, byte for character, and what the client is to get: a status and a body. */
const responses: Record<string, [sent: string, received: string]> = {
  'without a reason': [`HTTP/1.1 200\r\n${ok}`, '200 ok'],
  'with a reason in Latin-1': [`HTTP/1.1 200 caf\xe9\r\n${ok}`, '200 ok'],
  'with a reason in UTF-8': [`HTTP/1.1 200 caf\xc3\xa9\r\n${ok}`, '200 ok'],
  'with a status of its own': [`HTTP/1.1 799 Odd\r\n${ok}`, '799 ok'],
  'with a status that is too small': [`HTTP/1.1 099 Odd\r\n${ok}`, '500'],
  'of HTTP/1.0': [`HTTP/1.0 200 OK\r\n${ok}`, '200 ok'],
  'with a value in Latin-1': [`HTTP/1.1 200 OK\r\nX: caf\xe9\r\n${ok}`, '200 ok'],
  'with a control character in a value': [`HTTP/1.1 200 OK\r\nX: a\x01b\r\n${ok}`, '500'],
  'with a name that is none': [`HTTP/1.1 200 OK\r\nX@Y: 1\r\n${ok}`, '500'],
  'with a folded line': [`HTTP/1.1 200 OK\r\nX: a\r\n b\r\n${ok}`, '500'],
  'with a head of 20 kB': [`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}\r\n${ok}`, '500'],
  'with a length and chunks': [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${ok}`, '500'],
  'with two lengths': [`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n${ok}`, '500'],
  'with chunk extensions': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n', '200 ok'],
  'with a chunk size that is none': ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n', '200  cut'],
  'that promises trailers on a 204': ['HTTP/1.1 204 No Content\r\nTrailer: X\r\n\r\n', '204 '],
  'that changes protocol unasked': ['HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: odd\r\n\r\n', '500'],
  'with bytes behind it': [`HTTP/1.1 200 OK\r\n${ok}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra`, '200 ok'],
}

const plugin = `
  import type { Plugin } from 'postern/plugin'
  export const Around: Plugin = async (c, next) => {
    await next()
    c.res.headers.set('X-Around', '1')
  }
`

describe('the client of an upstream that answers', () => {
  let upstream: RawUpstream
  let gateway: GatewayProcess

  before(async () => {
    upstream = await startUpstream()
    gateway = await startGatewayProcess({
      definitions: {
        'direct.json': definition(upstream.url, { api_id: 'direct', proxy: { listen_path: '/direct/' } }),
        'held.json': definition(upstream.url, {
          api_id: 'held',
          proxy: { listen_path: '/held/' },
          custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Around', path: 'plugin.js' }] },
        }),
      },
      artifacts: { 'plugin.js': await compiledText(plugin) },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  for (const [what, [sent, received]] of Object.entries(responses)) {
    for (const [path, chain] of [
      ['/direct/', 'no plugin'],
      ['/held/', 'a plugin that waits'],
    ] as const) {
      test(`${what} gets ${received}, through ${chain}`, async () => {
        upstream.script = async ({ receive, write }) => {
          await receive()
          await write(sent)
        }
        const { status, text, body } = await exchange(gateway.port, formatRequest(`GET ${path}`))
        const seen = status === 500 ? '500' : `${status} ${text}${body.complete ? '' : ' cut'}`
        assert.equal(seen, received)
      })
    }
  }
})
