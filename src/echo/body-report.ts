import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { failure } from '../errors.ts'
import { type Values, valuesOf } from './request-report.ts'

/** Above it the answer is 413: the echo upstream keeps a body in memory to describe it. */
const MAX_BODY = 10 * 1024 * 1024

/** What an answer says of the request's body, under httpbin's names. */
export interface BodyReport {
  /** The body as text, or as a `data:` URL where it is not UTF-8; '' for a form. */
  readonly data: string
  readonly files: Values
  readonly form: Values
  /** The body parsed as JSON, whatever its Content-Type; `null` where it is none. */
  readonly json: unknown
}

/** Describes the body. It is read from the raw request, for there a GET has one too. */
export async function reportBody(incoming: IncomingMessage): Promise<BodyReport> {
  const body = await readBody(incoming)
  const type = incoming.headers['content-type'] ?? ''
  if (/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type)) return reportForm(body, type)
  const data = textOf(body)
  return { data, files: {}, form: {}, json: parseJson(data) }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // Left open on the way out, or the client would see a reset instead of the 413.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > MAX_BODY) throw failure('echo_body_too_large', undefined)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function reportForm(body: Buffer, type: string): Promise<BodyReport> {
  const files: [string, string][] = []
  const form: [string, string][] = []
  for (const [name, value] of await parseForm(body, type)) {
    if (typeof value === 'string') form.push([name, value])
    else files.push([name, textOf(Buffer.from(await value.arrayBuffer()))])
  }
  return { data: '', files: valuesOf(files), form: valuesOf(form), json: null }
}

async function parseForm(body: Buffer, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  } catch (cause) {
    throw failure('echo_body_malformed', undefined, cause)
  }
}

function textOf(body: Buffer): string {
  return isUtf8(body) ? body.toString() : `data:application/octet-stream;base64,${body.toString('base64')}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
