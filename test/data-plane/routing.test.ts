import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'

test('the longest listen path wins, whatever the order of the files', async () => {
  await using upstream = await startUpstream()
  const at = (id: string, listen_path: string) =>
    definition(`${upstream.url}/${id}`, { api_id: id, name: id, proxy: { listen_path } })
  await using gateway = await startGateway({
    definitions: { '1.json': at('short', '/a/'), '2.json': at('long', '/a/b/'), '3.json': at('root', '/') },
  })
  for (const [path, target] of [
    ['/a/b/c', '/long/c'],
    ['/a/b', '/long/'],
    ['/a/bc', '/short/bc'],
    ['/x', '/root/x'],
    ['/%61/b/%63', '/long/%63'],
  ] as const) {
    await exchange(gateway.port, formatRequest(`GET ${path}`))
    assert.equal(upstream.requests.at(-1)?.target, target, path)
  }
})

test('a path of no API is 404 in plain text', async () => {
  await using stage = await openStage()
  const { status, head, text } = await exchange(stage.port, formatRequest('GET /elsewhere'))
  assert.equal(status, 404)
  assert.equal(text, 'Not Found')
  assert.match(headerValue(head.lines, 'content-type') ?? '', /^text\/plain/)
})

test('the absolute form of a request target is understood', async () => {
  await using stage = await openStage()
  const { status } = await exchange(stage.port, formatRequest('GET http://gateway.test/api/a%2Fb?c'))
  assert.equal(status, 200)
  assert.equal(stage.upstream.requests[0]?.target, '/a%2Fb?c')
})

test('a request that says Host twice is refused', async () => {
  await using stage = await openStage()
  const { status } = await exchange(stage.port, formatRequest('GET /api/get', ['Host: a.test', 'Host: b.test']))
  assert.equal(status, 400)
  assert.equal(stage.upstream.requests.length, 0)
})

for (const [what, bytes] of [
  [
    'both Content-Length and Transfer-Encoding',
    'POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two different lengths', 'POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
  ['a space before a colon', 'GET /api/ HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n'],
  ['a bare line feed in a header', 'GET /api/ HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n'],
  ['no Host at all', 'GET /api/ HTTP/1.1\r\n\r\n'],
] as const) {
  test(`a request with ${what} is refused, so that no second request hides in it`, async () => {
    await using stage = await openStage()
    const { status } = await exchange(stage.port, bytes)
    assert.equal(status, 400)
    assert.equal(stage.upstream.requests.length, 0)
  })
}
