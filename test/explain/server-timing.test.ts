import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerValues } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Busy: Plugin = async (c) => {
  const end = performance.now() + 20
  while (performance.now() < end);
  if (c.req.header('Wish') === 'answer') return c.text('answered')
}

export const OnTheWayBack: Plugin = (c) => {
  c.res.headers.set('X-Seen', 'yes')
}
`
const config = { enable_server_timing: true }
const get = (path: string, line = 'A: b') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`

function durations(value: string | undefined): Record<string, number> {
  return Object.fromEntries(
    (value ?? '').split(', ').map((metric) => {
      const [, name = '', duration] = /^([a-z]+);dur=(\d+\.\d{3})$/.exec(metric) ?? []
      return [name, Number(duration)]
    }),
  )
}

test('a response that streams tells what is known when it begins, beside what the upstream tells', async () => {
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  await using stage = await openStage({
    config,
    script: async (to) => {
      await to.write('HTTP/1.1 200 OK\r\nServer-Timing: db;dur=1\r\nContent-Length: 5\r\n\r\nab')
      await finished
      await to.write('cde')
    },
  })
  using client = await openConnection(stage.port)
  await client.send(get('/api/x'))
  const { lines } = await client.receiveHead()
  const [upstreams, own] = headerValues(lines, 'server-timing')
  finish()
  assert.equal(upstreams, 'db;dur=1')
  const { total = -1, upstream = -1, plugins } = durations(own)
  assert.ok(upstream > 0 && total >= upstream && plugins === 0, String(own))
})

test('plugins are told of for themselves, with an answer of theirs and around a response', async () => {
  const use = (name: string) => [{ name, path: 'plugin.js' }]
  const custom_middleware = { driver: 'jsplugin', pre: use('Busy'), response: use('OnTheWayBack') }
  await using stage = await openStage({ config, plugin, definition: { custom_middleware } })
  for (const [wish, names] of [
    ['none', ['total', 'upstream', 'plugins']],
    ['answer', ['total', 'plugins']],
  ] as const) {
    const { head } = await exchange(stage.port, get('/api/x', `Wish: ${wish}`))
    const [value] = headerValues(head.lines, 'server-timing')
    const found = durations(value)
    assert.deepEqual(Object.keys(found), names)
    assert.ok((found.plugins ?? 0) >= 20 && (found.total ?? 0) >= (found.plugins ?? 0), String(value))
    assert.deepEqual(headerValues(head.lines, 'x-seen'), wish === 'none' ? ['yes'] : [])
  }
})

test('errors have it, and nothing has it unless it is asked for', async () => {
  await using stage = await openStage({ config, definition: { use_keyless: false, use_standard_auth: true } })
  const refused = await exchange(stage.port, get('/api/x'))
  assert.equal(refused.status, 401)
  assert.deepEqual(Object.keys(durations(headerValues(refused.head.lines, 'server-timing').join())), ['total', 'plugins'])
  await using plain = await openStage()
  assert.deepEqual(headerValues((await exchange(plain.port, get('/api/x'))).head.lines, 'server-timing'), [])
})

test('what the cache keeps does not tell of the request that brought it', async () => {
  const cache_options = { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true }
  await using stage = await openStage({ config, definition: { cache_options } })
  for (const names of [
    ['total', 'upstream', 'plugins'],
    ['total', 'plugins'],
  ]) {
    const values = headerValues((await exchange(stage.port, get('/api/x'))).head.lines, 'server-timing')
    assert.deepEqual(
      values.map((value) => Object.keys(durations(value))),
      [names],
    )
  }
})
