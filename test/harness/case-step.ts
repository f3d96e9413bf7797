import assert from 'node:assert/strict'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { ShownRequest } from '../../src/control/admin/requests.ts'
import { answerEcho } from './answer-echo.ts'
import type { Expectation, HeaderExpectation, Step } from './case-file.ts'
import type { CaseStage } from './case-stage.ts'
import { newestRequest, shownRequests, stepLines } from './explained.ts'
import type { TestGateway } from './gateway.ts'
import { headerValues } from './http-message.ts'
import { exchange, type RawResponse } from './raw-client.ts'
import type { RecordedRequest, Script } from './raw-upstream.ts'

const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync }

/** Sends the request of a step, and checks everything that it expects. */
export async function runStep({ reload, request, answer, expect }: Step, { gateway, upstream }: CaseStage): Promise<void> {
  if (reload) await gateway.reload()
  const logged = gateway.log.lines.length
  const newest = expect.explain && (await shownRequests(gateway.port, 'limit=1'))[0]?.id
  upstream.requests.length = 0
  upstream.script = answer ? scriptOf(answer) : answerEcho
  const response = await exchange(gateway.port, bytesOf(request, gateway.port))
  const circumstances = `with the body ${response.text}\nand the log\n${gateway.log.lines.join('\n')}`
  assert.equal(response.status, expect.status, `the status of a response ${circumstances}`)
  checkResponse(response, expect)
  if (expect.upstream !== undefined) checkUpstream(upstream.requests, expect.upstream)
  if (expect.explain) checkExplained(await newestRequest(gateway.port, newest), expect.explain)
  if (expect.record) await checkRecord(gateway, expect.record)
  for (const text of expect.log) await gateway.log.waitFor(text, logged)
}

function bytesOf({ method, path, headers, body }: Step['request'], port: number): Buffer {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`))
  if (headerValues(lines, 'host').length === 0) lines.unshift(`Host: 127.0.0.1:${port}`)
  if (body !== undefined && headerValues(lines, 'transfer-encoding').length === 0) {
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  }
  return Buffer.concat([
    Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1'),
    Buffer.from(body ?? ''),
  ])
}

function scriptOf({ silent, status, headers, body, encoding }: NonNullable<Step['answer']>): Script {
  if (silent) return ({ closed }) => closed
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (encoding) lines.push(`Content-Encoding: ${encoding}`)
  return async (to) => {
    await to.receive()
    await to.answer(status, lines, encoding ? encoders[encoding](body) : body)
  }
}

function checkResponse(response: RawResponse, expect: Expectation): void {
  checkHeaders(response.head.lines, expect.headers)
  if (expect.body !== undefined) assert.equal(response.text, expect.body)
  if (expect.json !== undefined) assert.partialDeepStrictEqual(JSON.parse(response.text), expect.json)
  if (expect.bodyMatches !== undefined) assert.match(response.text, new RegExp(expect.bodyMatches))
}

function checkUpstream(requests: readonly RecordedRequest[], expect: Expectation['upstream']): void {
  assert.equal(requests.length, expect?.count ?? 0, 'how many requests reached the upstream')
  const last = requests.at(-1)
  if (!expect || !last) return
  if (expect.method !== undefined) assert.equal(last.method, expect.method)
  if (expect.path !== undefined) assert.equal(last.target, expect.path)
  if (expect.body !== undefined) assert.equal(Buffer.concat(last.body.parts).toString(), expect.body)
  checkHeaders(last.head.lines, expect.headers)
}

function checkExplained(shown: ShownRequest, { steps, request }: NonNullable<Expectation['explain']>): void {
  if (steps) assert.deepEqual(stepLines(shown), steps)
  assert.partialDeepStrictEqual(shown, request)
}

function checkHeaders(lines: readonly string[], expected: Readonly<Record<string, HeaderExpectation>>): void {
  for (const [name, expectation] of Object.entries(expected)) {
    const values = headerValues(lines, name)
    const among = `header ${name} among\n${lines.join('\n')}`
    if (typeof expectation === 'string') assert.deepEqual(values, [expectation], among)
    else if (Array.isArray(expectation)) assert.deepEqual(values, expectation, among)
    else if ('absent' in expectation) assert.deepEqual(values, [], among)
    else assert.match(values.join(', '), new RegExp(expectation.matches), among)
  }
}

/** The next record is that of the request: none came in between. */
async function checkRecord(gateway: TestGateway, expected: NonNullable<Expectation['record']>): Promise<void> {
  const record = await gateway.nextRecord()
  for (const [field, value] of Object.entries(expected)) {
    if (typeof value === 'object' && value !== null && 'matches' in value)
      assert.match(textOf(field, record), new RegExp(String(value.matches)), field)
    else assert.deepEqual(record[field], value, `${field} of ${JSON.stringify(record)}`)
  }
}

/** What is on the wire is recorded in base64. */
function textOf(field: string, record: Readonly<Record<string, unknown>>): string {
  const text = String(record[field])
  return field.startsWith('Raw') && field !== 'RawPath' ? Buffer.from(text, 'base64').toString('latin1') : text
}
