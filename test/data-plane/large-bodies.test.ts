import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import { answerOk, type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'

const MEGABYTE = 2 ** 20
const GIGABYTE = 2 ** 30
const block = Buffer.alloc(MEGABYTE, 'x')

const plugin = `
  import type { Plugin } from 'postern/plugin'
  export const TouchHeaders: Plugin = async (c, next) => {
    c.req.raw.headers.set('X-Touched', '1')
    await next()
    c.res.headers.set('X-Touched', '1')
  }
`

/** How a body of some size is framed, and sent piece by piece. */
interface Framing {
  readonly name: string
  readonly line: (size: number) => string
  readonly piece: Buffer
  readonly end: Buffer
}

const framings: Framing[] = [
  { name: 'Content-Length', line: (size) => `Content-Length: ${size}`, piece: block, end: Buffer.alloc(0) },
  { name: 'chunks', line: () => 'Transfer-Encoding: chunked', piece: formatChunk(block), end: formatChunk('') },
]

const skip = existsSync('/proc/self/status') ? false : 'memory is read from /proc, which this system has not'

describe('a gateway grows by less than 64 MB while a body of 1 GB passes', { skip }, () => {
  let upstream: RawUpstream
  let gateway: GatewayProcess

  before(async () => {
    upstream = await startUpstream()
    gateway = await startGatewayProcess({
      definitions: {
        'plain.json': definition(upstream.url, { api_id: 'plain', proxy: { listen_path: '/plain/' } }),
        'plugin.json': definition(upstream.url, {
          api_id: 'plugin',
          proxy: { listen_path: '/plugin/' },
          custom_middleware: { driver: 'jsplugin', pre: [{ name: 'TouchHeaders', path: 'plugin.js' }] },
        }),
      },
      artifacts: { 'plugin.js': await compiledText(plugin) },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  for (const [path, framing] of [
    ['/plain/', framings[0]],
    ['/plugin/', framings[1]],
  ] as [string, Framing][]) {
    test(`up to ${path}, framed by ${framing.name}`, () => assertGrowsLittle((size) => upload(path, framing, size)))
    test(`down from ${path}, framed by ${framing.name}`, () => assertGrowsLittle((size) => download(path, framing, size)))
  }

  async function upload(path: string, { line, piece, end }: Framing, size: number): Promise<void> {
    upstream.script = async (to) => {
      await to.receive({ keep: false })
      await answerOk(to)
    }
    using connection = await openConnection(gateway.port)
    await connection.send(formatRequest(`POST ${path}`, [line(size)]))
    for (let sent = 0; sent < size; sent += block.length) await connection.send(piece)
    await connection.send(end)
    assert.equal((await connection.receive()).status, 200)
    assert.equal(upstream.requests.at(-1)?.body.length, size)
  }

  async function download(path: string, { line, piece, end }: Framing, size: number): Promise<void> {
    upstream.script = async ({ write }) => {
      await write(`HTTP/1.1 200 OK\r\n${line(size)}\r\n\r\n`)
      for (let sent = 0; sent < size; sent += block.length) await write(piece)
      await write(end)
    }
    using connection = await openConnection(gateway.port)
    await connection.send(formatRequest(`GET ${path}`))
    const { body } = await connection.receive({ keep: false })
    assert.equal(body.complete, true)
    assert.equal(body.length, size)
  }

  /** From a cold start: one small body goes first, so that what is loaded on first use does not count. */
  async function assertGrowsLittle(transfer: (size: number) => Promise<void>): Promise<void> {
    await transfer(MEGABYTE)
    const before = await gateway.memory()
    await transfer(GIGABYTE)
    const growth = (await gateway.memory()).peak - before.now
    assert.ok(growth < 64 * MEGABYTE, `it grew by ${Math.round(growth / MEGABYTE)} MB`)
  }
})
