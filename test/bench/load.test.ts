import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { OpenOrder, OpenReport } from '../../bench/load/open-loop.ts'
import { headerSets, headText } from '../../bench/load/requests.ts'
import { runningGateways } from '../../bench/peers/running-gateways.ts'
import { plan } from '../../bench/plan.ts'

const generator = join(import.meta.dirname, '../../bench/load/open-loop-generator.ts')

test('what can be measured has names of its own', () => {
  const names = plan().map(({ name }) => name)
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  )
})

test('a request has the headers of its row, and its own', () => {
  const text = headText({ method: 'POST', path: '/x', headers: { Authorization: 'key' }, body: 5 }, 1)
  assert.equal(text, 'POST /x HTTP/1.1\r\nHost: api.bench.test\r\nAuthorization: key\r\nContent-Length: 5\r\n\r\n')
  assert.equal(headerSets[12].length, 12)
})

test('gateways that are running are named by the environment', () => {
  const found = runningGateways({ BENCH_PEER_KONG: 'http://127.0.0.1:8000/bench?a=b', BENCH_PAIRS: '3' })
  assert.deepEqual(found, [{ server: { name: 'kong', origin: 'http://127.0.0.1:8000', child: null }, path: '/bench?a=b' }])
  assert.throws(() => runningGateways({ BENCH_PEER_KONG: 'kong' }), /^Error: Read BENCH_PEER_KONG failed: found "kong"/)
})

/** Runs the generator against a server, on one connection. */
async function generate(answer: (response: ServerResponse, request: number) => void): Promise<OpenReport> {
  let requests = 0
  const server = createServer((_request, response) => answer(response, ++requests)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const order: OpenOrder = { port, text: headText({}, 1), rate: 100, seconds: 0.2, connections: 1 }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [generator, JSON.stringify(order)])
    return JSON.parse(stdout.replace('bench ', '')) as OpenReport
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('an open loop counts the time in which requests waited for one that was slow', { timeout: 60_000 }, async () => {
  const slowMs = 500
  const report = await generate((response, request) => {
    setTimeout(() => response.end('answer'), request === 1 ? slowMs : 0)
  })
  assert.equal(report.requests, 20)
  // The last one was due 190 ms after the first; a loop that waited for answers would have one slow request in twenty.
  assert.ok(report.p50 >= slowMs - 190, `p50 ${report.p50}`)
})

test('an open loop fails where a request does', { timeout: 60_000 }, async () => {
  await assert.rejects(
    generate((response) => response.writeHead(503).end('')),
    /an answer of HTTP\/1\.1 503/,
  )
})
