import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { stream } from 'hono/streaming'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { failure, isFailure } from '../errors.ts'
import { reportBody } from './body-report.ts'
import { reportRequest } from './request-report.ts'
import { seededBytes } from './seeded-bytes.ts'

type Env = { Bindings: HttpBindings }
type EchoContext = Context<Env>

const MAX_DELAY_SECONDS = 10
const MAX_LINES = 100
const MAX_BYTES = 10 * 1024 * 1024
const MAX_REDIRECTS = 20

/**
 * An upstream to try gateways on: its answers say what has arrived. Paths and JSON are httpbin's; numbers in paths are
 * bounded. It reads raw requests, and so needs @hono/node-server.
 */
export function echoApp(): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/get', (c) => answer(c, reportRequest(c.env.incoming)))
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) app.on(method, `/${method.toLowerCase()}`, answerWithBody)
  app.all('/anything/*', async (c) => {
    return answer(c, { ...reportRequest(c.env.incoming), ...(await reportBody(c.env.incoming)), method: c.req.method })
  })

  app.get('/headers', (c) => answer(c, { headers: reportRequest(c.env.incoming).headers }))
  app.get('/ip', (c) => answer(c, { origin: reportRequest(c.env.incoming).origin }))
  app.get('/user-agent', (c) => answer(c, { 'user-agent': c.req.header('user-agent') ?? null }))

  app.all('/status/:code', answerWithStatus)
  app.all('/delay/:seconds', async (c) => {
    await sleep(bounded(c.req.param('seconds'), MAX_DELAY_SECONDS) * 1000, undefined, { signal: c.req.raw.signal })
    return answerWithBody(c)
  })
  app.get('/stream/:lines', answerWithLines)
  app.get('/bytes/:size', (c) => {
    const bytes = seededBytes(bounded(c.req.param('size'), MAX_BYTES), c.req.query('seed'))
    return c.body(new Uint8Array(bytes), 200, { 'Content-Type': 'application/octet-stream' })
  })
  app.get('/gzip', (c) => {
    const zipped = gzipSync(toText({ ...reportRequest(c.env.incoming), gzipped: true, method: c.req.method }))
    return c.body(new Uint8Array(zipped), 200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
  })

  app.all('/response-headers', answerWithHeaders)
  // Relative, so that it leads to the same place behind a gateway that strips a listen path.
  app.get('/redirect/:times', (c) => {
    const left = bounded(c.req.param('times'), MAX_REDIRECTS) - 1
    return c.redirect(left > 0 ? String(left) : '../get')
  })
  app.get('/cookies', (c) => answer(c, { cookies: getCookie(c) }))
  app.get('/cookies/set', (c) => {
    for (const [name, value] of Object.entries(c.req.query())) setCookie(c, name, value)
    return c.redirect('../cookies')
  })

  app.onError((error, c) => {
    const known = isFailure(error) ? error : failure('internal', { where: 'the echo upstream' }, error)
    return c.text(known.client, known.status as ContentfulStatusCode)
  })
  return app
}

async function answerWithBody(c: EchoContext): Promise<Response> {
  return answer(c, { ...reportRequest(c.env.incoming), ...(await reportBody(c.env.incoming)) })
}

function answerWithStatus(c: EchoContext): Response {
  const code = c.req.param('code') ?? ''
  if (!/^[2-5]\d\d$/.test(code)) throw failure('echo_status_expected', undefined)
  return c.body(null, Number(code) as StatusCode)
}

function answerWithLines(c: EchoContext): Response {
  const report = reportRequest(c.env.incoming)
  const lines = bounded(c.req.param('lines'), MAX_LINES)
  c.header('Content-Type', 'application/json')
  return stream(c, async (out) => {
    for (let id = 0; id < lines && !out.aborted; id++) await out.writeln(JSON.stringify({ ...report, id }))
  })
}

/** `?name=value` becomes a header of the answer, and `?name=a&name=b` two. */
function answerWithHeaders(c: EchoContext): Response {
  const { args } = reportRequest(c.env.incoming)
  const response = answer(c, args)
  for (const [name, values] of Object.entries(args)) {
    response.headers.delete(name)
    for (const value of [values].flat()) response.headers.append(name, value)
  }
  return response
}

function answer(c: EchoContext, report: object): Response {
  return c.body(toText(report), 200, { 'Content-Type': 'application/json' })
}

/** Indented: these answers are mostly read by people, in a terminal. */
function toText(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

/** The number in a path, at most `limit`. */
function bounded(text: string | undefined, limit: number): number {
  const number = Number(text)
  if (!text || !(number >= 0)) throw failure('echo_number_expected', undefined)
  return Math.min(number, limit)
}
