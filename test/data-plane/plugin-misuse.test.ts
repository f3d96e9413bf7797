import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'

/** What plugins have been seen to do, or might. Each is the body of a function `(c, next)`. */
const misuses: Record<string, string> = {
  'sets a response header with a control character': "c.header('X-Odd', 'a\\u0001b')",
  'sets one on the response': "await next(); c.res.headers.set('X-Odd', 'a\\u0001b')",
  'sets a request header with a control character': "c.req.raw.headers.set('X-Odd', 'a\\u0001b')",
  'sets a header beyond Latin-1': "c.req.raw.headers.set('X-Odd', '☃')",
  'sets framing headers of the request':
    "c.req.raw.headers.set('Content-Length', '5'); c.req.raw.headers.set('Transfer-Encoding', 'x')",
  'sets a length that is none': "c.req.raw.headers.set('Content-Length', 'many')",
  'sets connection headers of the request':
    "for (const name of ['Connection', 'Upgrade', 'Expect', 'TE', 'Keep-Alive']) c.req.raw.headers.set(name, 'odd')",
  'empties the Host header': "c.req.raw.headers.set('Host', '')",
  'sets framing headers of the response':
    "await next(); for (const name of ['Content-Length', 'Transfer-Encoding', 'Trailer', 'Connection']) c.res.headers.set(name, '7')",
  'answers with Response.error()': 'return Response.error()',
  'answers with a used response': "const used = new Response('x'); await used.text(); return used",
  'answers with one response again and again': 'return kept',
  'answers with a locked stream': "const locked = new Response('x'); locked.body.getReader(); return locked",
  'answers with a stream that fails at once':
    "return new Response(new ReadableStream({ start(to) { to.error(new Error('no')) } }))",
  'answers with a stream that fails later':
    "return new Response(new ReadableStream({ pull(to) { if (this.sent) throw new Error('no'); this.sent = true; to.enqueue(Buffer.from('x')) } }))",
  'answers with a stream of other things': 'return new Response(new ReadableStream({ start(to) { to.enqueue(1); to.close() } }))',
  'answers with a thenable that throws': "return { then() { throw new Error('no') } }",
  'answers with a thenable that settles twice': "return { then(settle) { settle(c.text('a')); settle(c.text('b')) } }",
  'assigns nothing to c.res': 'c.res = undefined',
  'assigns a text to c.res': "c.res = 'text'",
  'assigns nothing to c.res after next()': 'await next(); c.res = undefined',
  'assigns nothing to c.req.raw': 'c.req.raw = undefined',
  'assigns a text to c.req.raw': "c.req.raw = 'text'",
  'assigns a used request':
    "const used = new Request(c.req.url, { method: 'PUT', body: 'x' }); await used.text(); c.req.raw = used",
  'reads half of the upload': 'const reader = c.req.raw.body?.getReader(); await reader?.read()',
  'cancels the upload': 'await c.req.raw.body?.cancel()',
  'reads half of the response': 'await next(); const reader = c.res.body?.getReader(); await reader?.read()',
  'cancels the response': 'await next(); await c.res.body?.cancel()',
  'reads the response twice': 'await next(); await c.res.text(); await c.res.text()',
  'reads a clone of the response alone': 'await next(); await c.res.clone().text()',
  'throws something that throws': "throw new Proxy({}, { get() { throw new Error('leave me alone') } })",
  'rejects with something that throws': "await null; throw new Proxy({}, { get() { throw new Error('leave me alone') } })",
  'never ends': 'await new Promise(() => {})',
  'never ends after next()': 'await next(); await new Promise(() => {})',
  'does not wait for next() and answers': "next(); return c.text('instead')",
  'does not wait for next() and throws': "next(); throw new Error('no')",
  'exits the process': 'process.exit(3)',
  'kills the process': "process.kill(process.pid, 'SIGKILL')",
  'aborts the process': 'process.abort()',
}

const source = `
  // @ts-nocheck
  const kept = new Response('kept')
  ${Object.values(misuses)
    .map((body, i) => `export const Misuse${i} = async (c, next) => { ${body} }`)
    .join('\n')}
`

describe('a plugin takes neither the gateway down, nor leaves a client waiting, when it', () => {
  let upstream: RawUpstream
  let gateway: GatewayProcess

  before(async () => {
    upstream = await startUpstream(async (to) => {
      await to.receive()
      await to.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (const part of ['two ', 'parts', '']) await to.write(formatChunk(part))
    })
    gateway = await startGatewayProcess({
      definitions: Object.fromEntries(
        Object.keys(misuses).flatMap((_, i) => [
          [`request-${i}.json`, misusing(i, 'pre')],
          [`response-${i}.json`, misusing(i, 'response')],
        ]),
      ),
      artifacts: { 'plugin.js': await compiledText(source) },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  const misusing = (number: number, hook: string) =>
    definition(upstream.url, {
      name: `${hook} ${number}`,
      api_id: `${hook}-${number}`,
      proxy: { listen_path: `/${hook}/${number}/` },
      custom_middleware: { driver: 'jsplugin', [hook]: [{ name: `Misuse${number}`, path: 'plugin.js', timeout_ms: 500 }] },
    })

  /** The status, and whether the body came to its end; `cut` where the connection ended before a head. */
  async function ask(path: string, body: string): Promise<string> {
    using connection = await openConnection(gateway.port)
    await connection.send(formatRequest(`POST ${path}`, [], body))
    try {
      const { status, body } = await connection.receive()
      return `${status}${body.complete ? '' : ' cut'}`
    } catch (error) {
      if ((error as Error).message.startsWith('The server closed')) return 'cut'
      throw error
    }
  }

  for (const [number, what] of Object.keys(misuses).entries()) {
    for (const hook of ['request', 'response']) {
      test(`${what}, in a ${hook} hook`, async () => {
        const path = `/${hook === 'request' ? 'pre' : 'response'}/${number}/`
        // Twice: what is broken by the first request may show in the second.
        for (const body of ['some content', '']) assert.match(await ask(path, body), /^(200|500)?( ?cut)?$/)
        assert.equal(await ask('/hello', ''), '405', 'the gateway serves on')
      })
    }
  }
})
