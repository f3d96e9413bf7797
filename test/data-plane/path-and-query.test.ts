import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'

/** Where a client asks for `path`, what target does the upstream see? */
async function targetsOf(paths: readonly string[], options?: StageOptions): Promise<string[]> {
  await using stage = await openStage(options)
  const targets: string[] = []
  for (const path of paths) {
    const { status, text } = await exchange(stage.port, formatRequest(`GET ${path}`))
    targets.push(status === 200 ? (stage.upstream.requests.at(-1)?.target ?? '') : `${status} ${text}`)
  }
  return targets
}

const odd = [
  '',
  'a%2Fb%2fc',
  '/double//slashes//',
  'matrix;a=1;b=2',
  'get?',
  'get?a=1&&b=&=c&a=1',
  'get?q=%20+/?',
  'get?next=/../x',
  '%41%7e~%C3%A9',
  '"<>[]{}|\\^`',
  'a:b@c',
  '...',
  '.hidden/..a',
  'stray%',
]

describe('the upstream gets path and query', () => {
  test('byte for byte', async () => {
    assert.deepEqual(
      await targetsOf(odd.map((path) => `/api/${path}`)),
      odd.map((path) => `/${path}`),
    )
  })

  test('byte for byte with the listen path left on', async () => {
    const paths = odd.map((path) => `/api/${path}`)
    assert.deepEqual(await targetsOf(paths, { definition: { proxy: { strip_listen_path: false } } }), paths)
  })

  test('behind the path of the target URL, after its query', async () => {
    await using stage = await openStage({ definition: { proxy: { target_url: '{{upstream}}/base/?k=v' } } })
    await exchange(stage.port, formatRequest('GET /api/get?a=%2F'))
    await exchange(stage.port, formatRequest('GET /api/get'))
    assert.deepEqual(
      stage.upstream.requests.map(({ target }) => target),
      ['/base/get?k=v&a=%2F', '/base/get?k=v'],
    )
  })

  test('with the dot segments that stay inside the listen path as they were sent', async () => {
    assert.deepEqual(await targetsOf(['/api/a/../b', '/api/./a/%2e%2E/b', '/api/a/..']), ['/a/../b', '/./a/%2e%2E/b', '/a/..'])
  })
})

test('a path whose dot segments leave the listen path is refused', async () => {
  const escapes = ['/api/../secret', '/api/%2e%2e/secret', '/api/a/../../secret', '/api/.%2E/', '/api/%2E./%2e./x']
  await using stage = await openStage()
  for (const path of escapes) {
    const { status, text } = await exchange(stage.port, formatRequest(`GET ${path}`))
    assert.equal(status, 400, path)
    assert.deepEqual(JSON.parse(text), { error: 'Malformed request path' })
  }
  assert.equal(stage.upstream.requests.length, 0)
})

test('a target with bytes that no URL has (RFC 3986 §2) is refused, not mended', async () => {
  await using stage = await openStage()
  for (const path of ['/api/caf\xc3\xa9', '/api/get?\xff', '/api/\x7f']) {
    assert.equal((await exchange(stage.port, formatRequest(`GET ${path}`))).status, 400, path)
  }
  assert.equal(stage.upstream.requests.length, 0)
})
