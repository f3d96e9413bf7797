import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { until } from './harness/until.ts'

const script = join(import.meta.dirname, '../scripts/start.ts')

function start(port: number): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [script], { env: { ...process.env, PORT: String(port) } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return { child, output: () => output }
}

describe('npm start', () => {
  let started: ReturnType<typeof start>
  let url: string
  before(async () => {
    started = start(0)
    url = await until(started.output, () => /gateway listens on (http:[^\s,]+)/.exec(started.output())?.[1], 60_000)
  })
  after(() => started.child.kill('SIGKILL'))

  const get = (path: string, headers = {}) => fetch(url + path, { headers })
  // biome-ignore lint/suspicious/noExplicitAny: assertions read the answers' fields.
  const getJson = async (path: string, headers = {}): Promise<any> => (await get(path, headers)).json()

  test('serves my_api_name with its two plugins', async () => {
    assert.equal((await getJson('/my_api_name/get')).headers.Foo, 'Bar')
    const { current_time } = await getJson('/my_api_name/get?get_time=1')
    assert.ok(Math.abs(Date.parse(current_time) - Date.now()) < 60_000, current_time)
  })

  test('serves my_auth_api to one key', async () => {
    const refused = await get('/my_auth_api/get', { Authorization: 'xyz' })
    assert.equal(refused.status, 403)
    assert.equal(await refused.text(), '')
    assert.equal((await get('/my_auth_api/get', { Authorization: 'abc' })).status, 200)
  })

  test('serves the other examples', async () => {
    const key = { Authorization: 'abc' }
    assert.equal((await getJson('/logging/get')).headers.Foo, 'Bar')
    const hit = await getJson('/hits/get', key)
    assert.equal(hit.session.alias, 'abc-session')
    assert.equal(hit.hit_counter, 1)
    assert.equal((await getJson('/definition/get')).headers['X-Tenant'], 'blue')
    assert.equal((await get('/metadata/get', key)).status, 200)
    assert.equal((await getJson('/response/get')).message, "Hi! I'm a response plugin")
    assert.equal((await get('/virtual/get')).headers.get('x-foo'), 'foo')
    assert.equal((await getJson('/virtual/bar')).path, '/virtual/bar')
  })

  test('says that its port is taken, and ends with 1', async () => {
    const holder = createServer().listen(0)
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const { child, output } = start(port)
    const [code] = await once(child, 'exit')
    holder.close()
    assert.equal(code, 1, output())
    assert.match(output(), new RegExp(`${port}.*\\n$`))
    assert.doesNotMatch(output(), /^ {4}at /m)
  })

  test('ends with 0 on Ctrl-C', async () => {
    started.child.kill('SIGINT')
    const [code] = await once(started.child, 'exit')
    assert.equal(code, 0, started.output())
  })
})
