import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { type Echo, openEcho } from '../../src/echo/open-echo.ts'

describe('the echo upstream', () => {
  let echo: Echo
  before(async () => {
    echo = await openEcho({ port: 0 })
  })
  after(() => echo.close())

  const get = (path: string, init?: RequestInit) => fetch(new URL(path, echo.url), init)
  // biome-ignore lint/suspicious/noExplicitAny: assertions read the answers' fields.
  const getJson = async (path: string, init?: RequestInit): Promise<any> => (await get(path, init)).json()

  test('reports head and body of a request as they came over the wire, a GET with a body too', async () => {
    const path = '/anything/%2F//x;y?a=1&b=%20&a=2&__proto__=p'
    const headers = ['hOST', 'example.test', 'fOO', '1', 'Foo', '2', 'Content-Length', '5']
    const sent = request(echo.url, { path, method: 'GET', headers }).end('hello')
    const [response] = await once(sent, 'response')
    assert.deepEqual(await json(response), {
      args: { a: ['1', '2'], b: ' ', ['__proto__']: 'p' },
      headers: { hOST: 'example.test', fOO: '1, 2', 'Content-Length': '5', Connection: 'keep-alive' },
      origin: '127.0.0.1',
      url: `http://example.test${path}`,
      data: 'hello',
      files: {},
      form: {},
      json: null,
      method: 'GET',
    })
  })

  test('sorts a body into data, json, form and files by what it is', async () => {
    const multipart = new FormData()
    multipart.append('field', 'value')
    multipart.append('upload', new File(['text'], 'a.txt'))
    const bodies: [NonNullable<RequestInit['body']>, object][] = [
      ['{"a":1}', { data: '{"a":1}', json: { a: 1 }, form: {}, files: {} }],
      [new Uint8Array([0xff, 0x00]), { data: 'data:application/octet-stream;base64,/wA=', json: null, form: {}, files: {} }],
      [new URLSearchParams('a=1&a=2&b='), { data: '', json: null, form: { a: ['1', '2'], b: '' }, files: {} }],
      [multipart, { data: '', json: null, form: { field: 'value' }, files: { upload: 'text' } }],
    ]
    for (const [body, expected] of bodies) {
      const { data, json, form, files } = await getJson('/post', { method: 'POST', body })
      assert.deepEqual({ data, json, form, files }, expected)
    }
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      assert.equal((await getJson(`/${method.toLowerCase()}`, { method, body: 'x' })).data, 'x')
    }
  })

  test('names the client that a proxy in front of it names', async () => {
    assert.deepEqual(await getJson('/ip', { headers: { 'X-Forwarded-For': '192.0.2.7' } }), { origin: '192.0.2.7' })
  })

  test('answers with the status, the headers and the delay that the path asks for', async () => {
    assert.equal((await get('/status/418', { method: 'POST', body: 'x' })).status, 418)
    assert.equal((await get('/status/204')).status, 204)
    const { headers } = await get('/response-headers?X-One=1&Content-Type=text/x-test')
    assert.equal(headers.get('x-one'), '1')
    assert.equal(headers.get('content-type'), 'text/x-test')
    assert.equal((await getJson('/delay/0.01?a=1')).args.a, '1')
  })

  test('streams lines of JSON, and bytes that a seed repeats', async () => {
    const streamed = await get('/stream/3')
    assert.equal(streamed.headers.get('content-length'), null)
    const lines = (await streamed.text()).trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).id),
      [0, 1, 2],
    )
    const [first, again, other] = await Promise.all(
      ['seed=1', 'seed=1', 'seed=2'].map(async (seed) => (await get(`/bytes/1000?${seed}`)).bytes()),
    )
    assert.equal(first?.length, 1000)
    assert.deepEqual(first, again)
    assert.notDeepEqual(first, other)
  })

  test('compresses, redirects and keeps cookies', async () => {
    const zipped = await get('/gzip')
    assert.equal(zipped.headers.get('content-encoding'), 'gzip')
    assert.equal(JSON.parse(await zipped.text()).gzipped, true)
    assert.equal((await get('/redirect/3')).url, `${echo.url}get`)
    const set = await get('/cookies/set?flavour=oat', { redirect: 'manual' })
    assert.deepEqual(set.headers.getSetCookie(), ['flavour=oat; Path=/'])
    assert.deepEqual(await getJson('/cookies', { headers: { cookie: 'flavour=oat' } }), { cookies: { flavour: 'oat' } })
  })

  test('refuses a bad number, a malformed form and a body that is too large, and goes on serving', async () => {
    assert.equal((await get('/status/99')).status, 400)
    assert.equal((await get('/stream/many')).status, 400)
    const broken = { method: 'POST', body: 'no parts', headers: { 'content-type': 'multipart/form-data' } }
    assert.equal((await get('/post', broken)).status, 400)
    assert.equal((await get('/post', { method: 'POST', body: new Uint8Array(11 * 1024 * 1024) })).status, 413)
    assert.equal((await get('/get')).status, 200)
  })

  test('says which port it could not have, and may be closed twice', async () => {
    await assert.rejects(openEcho({ port: echo.port }), { code: 'echo_listen_failed', message: new RegExp(String(echo.port)) })
    const other = await openEcho({ port: 0 })
    await other.close()
    await other.close()
  })
})
