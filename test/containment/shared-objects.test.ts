import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeFolder } from '../control/temporary-folder.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'

/** What a plugin may try; each is harmless where it is not refused, so that one test does not spoil the next. */
const plugin = `
import * as fs from 'node:fs'
import { ctx, headers, kv, log, type Plugin } from 'postern/plugin'

const proto = (value: unknown) => Object.getPrototypeOf(value)
const bad = () => { throw new Error('patched') }
// biome-ignore lint: anything goes.
const any = (value: unknown) => value as any

/** As found in many a library: follows __proto__, which JSON.parse makes an ordinary key. */
const merge = new Function('target', 'source', \`
  const merge = (target, source) => {
    for (const key of Object.keys(source)) {
      if (typeof source[key] === 'object') merge(target[key] ??= {}, source[key])
      else target[key] = source[key]
    }
  }
  merge(target, source)\`)

const attacks: Record<string, (c: Parameters<Plugin>[0]) => unknown> = {
  'Object.prototype.x': () => { any(Object.prototype).polluted = true },
  'Object.prototype.then': () => Object.defineProperty(Object.prototype, 'then', { value: bad }),
  'Object.prototype.toString': () => { Object.prototype.toString = bad },
  'Object.prototype.hasOwnProperty': () => { delete any(Object.prototype).hasOwnProperty },
  'Array.prototype.x': () => { any(Array.prototype).polluted = true },
  'Array.prototype.map': () => { Array.prototype.map = bad },
  'Array.prototype.push': () => Object.defineProperty(Array.prototype, 'push', { value: bad }),
  'Array.prototype[0]': () => { any(Array.prototype)[0] = 'polluted' },
  'Array.prototype[Symbol.iterator]': () => { any(Array.prototype)[Symbol.iterator] = bad },
  'the prototype of arrays': () => Object.setPrototypeOf(Array.prototype, { polluted: true }),
  'String.prototype.split': () => { any(String.prototype).split = bad },
  'Map.prototype.get': () => { Map.prototype.get = bad },
  'Promise.prototype.then': () => { any(Promise.prototype).then = bad },
  'Function.prototype.call': () => { Function.prototype.call = bad },
  'JSON.stringify': () => { JSON.stringify = bad },
  'Object.keys': () => { any(Object).keys = bad },
  'Date': () => { globalThis.Date = any(bad) },
  'Date.now': () => { Date.now = bad },
  'Error.prototype.code': () => { any(Error.prototype).code = 'request_body_too_large' },
  'fetch': () => { globalThis.fetch = bad },
  'Response': () => { globalThis.Response = any(bad) },
  'process': () => { globalThis.process = any(null) },
  'setTimeout': () => { globalThis.setTimeout = any(bad) },
  'Buffer.from': () => { any(Buffer).from = bad },
  'URL.prototype.pathname': () => Object.defineProperty(URL.prototype, 'pathname', { get: bad }),
  'Headers.prototype.get': () => { any(Headers.prototype).get = bad },
  'Response.prototype.text': () => { any(Response.prototype).text = bad },
  'AbortSignal.any': () => { AbortSignal.any = bad },
  'the context': (c) => { proto(c).text = bad },
  'the request': (c) => Object.defineProperty(proto(c.req), 'text', { value: bad }),
  "Hono's request": (c) => { proto(proto(c.req)).header = bad },
  'the raw request': (c) => Object.defineProperty(proto(c.req.raw), 'text', { value: bad }),
  'the headers': (c) => { proto(c.req.raw.headers).append = bad },
  'Request of plugins': () => { any(Request.prototype).json = bad },
  'ctx': () => { any(ctx).getSession = bad },
  'headers': () => { any(headers).Accept = 'bad' },
  'kv': () => { kv.get = bad },
  'log': () => { log.get().info = bad },
  'the definition': (c) => { any(ctx.getDefinition(c)).name = 'bad' },
  'the configuration': (c) => { any(c.var.config).list.push('bad') },
}

export const Attack: Plugin = async (c) => {
  const name = decodeURIComponent(c.req.query('with') ?? '')
  if (name === 'merge') merge({}, await c.req.json())
  else attacks[name]?.(c)
}

export const FineWithOwn: Plugin = (c) => {
  any(globalThis).mine = 1
  any(BigInt.prototype).toJSON = function () { return String(this) }
  any(fs).readFileSync ??= bad
  const own = { toString: () => 'own' } as { toString(): string; valueOf?: unknown }
  own.valueOf = () => 1
  class Failure extends Error { constructor() { super('failed'); this.name = 'Failure' } }
  return c.json({ own: String(own), error: String(new Failure()), big: 1n })
}

/** Uses much of what others may have tried to break. */
export const Busy: Plugin = async (c, next) => {
  const seen = await kv.increment('seen')
  const url = new URL(c.req.url)
  const names = [...new Map([...c.req.raw.headers]).keys()].map((name) => name.toLowerCase())
  await next()
  const text = await new Response(JSON.stringify({ path: url.pathname, names: names.length > 0, polluted: 'polluted' in {} })).text()
  c.res.headers.set('X-Busy', Buffer.from(text).toString())
  c.var.log.info({ seen }, 'busy ' + String(c.var.config).length)
}
`

const names = [...plugin.matchAll(/^ {2}(?:'([^']+)'|"([^"]+)"): \(/gm)].map(([, single, double]) => (single ?? double) as string)

describe('a plugin in the gateway’s own thread', () => {
  let upstream: RawUpstream
  let gateway: GatewayProcess
  let folder: Awaited<ReturnType<typeof makeFolder>>
  before(async () => {
    upstream = await startUpstream()
    folder = await makeFolder({})
    // As compiled from TypeScript, which is strict.
    const atLoad = (name: string, statement: string) =>
      folder.write(`${name}.js`, makeArtifact(`'use strict'\n${statement}\nexports.Answer = (c) => c.text('loaded')`))
    const api = (path: string, name: string, fields = {}) =>
      definition(upstream.url, {
        api_id: path,
        custom_middleware: { driver: 'jsplugin', pre: [{ name, path: 'plugin.js', ...fields }] },
        proxy: { listen_path: `/${path}/` },
      })
    gateway = await startGatewayProcess({
      definitions: {
        'attack.json': api('attack', 'Attack', { config: { list: [1] } }),
        'fine.json': api('fine', 'FineWithOwn'),
        'other.json': api('other', 'Busy'),
        'array.json': api('array', 'Answer', { path: 'array.js' }),
        'object.json': api('object', 'Answer', { path: 'object.js' }),
      },
      artifacts: {
        'plugin.js': await compiledText(plugin),
        'array.js': await atLoad('array', 'Array.prototype.map = () => []'),
        'object.js': await atLoad('object', 'Object.prototype.polluted = 1'),
      },
    })
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await upstream?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  const get = (path: string): Promise<RawResponse> => exchange(gateway.port, formatRequest(`GET ${path}`))

  async function assertOtherAnswers(): Promise<void> {
    const { status, text, head } = await get('/other/some/path')
    assert.deepEqual([status, text], [200, 'ok'], gateway.log.lines.slice(-3).join('\n'))
    assert.equal(headerValue(head.lines, 'x-busy'), '{"path":"/other/some/path","names":true,"polluted":false}')
  }

  for (const name of names) {
    test(`cannot change what others use: ${name}`, async () => {
      const logged = gateway.log.lines.length
      const { status } = await get(`/attack/?with=${encodeURIComponent(name)}`)
      await assertOtherAnswers()
      assert.equal(status, 500, 'the attempt is an error of the plugin’s')
      await gateway.log.waitFor('are shared by all plugins and cannot be changed', logged)
    })
  }

  test('cannot be made to change it by a client, through a merge that follows __proto__', async () => {
    for (const text of ['{"__proto__":{"polluted":true}}', '{"__proto__":{"toString":"x","hasOwnProperty":"x"}}']) {
      await exchange(gateway.port, formatRequest('POST /attack/?with=merge', [], text))
      await assertOtherAnswers()
    }
    assert.equal((await get('/attack/')).status, 200)
  })

  test('cannot change it when it is loaded: its hook is quarantined, and the log says why', async () => {
    for (const path of ['/array/', '/object/']) assert.equal((await get(path)).status, 500)
    await assertOtherAnswers()
    await gateway.log.waitFor("Cannot assign to read only property 'map' of object '[object Array]' (built-in objects,")
    await gateway.log.waitFor('Cannot add property polluted, object is not extensible (built-in objects,')
  })

  test('may have globals and modules of its own, and override what its own objects inherit', async () => {
    const { status, text } = await get('/fine/')
    assert.deepEqual([status, JSON.parse(text)], [200, { own: 'own', error: 'Failure: failed', big: '1' }])
    await assertOtherAnswers()
  })
})
