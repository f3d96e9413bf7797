import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { OtherUpstreams } from '../../src/request/steps/url-rewrite/other-upstreams.ts'

const [a, b, c] = ['http://a.example', 'http://b.example', 'http://c.example'] as const

function stage(most: number) {
  const opened: string[] = []
  const closed: string[] = []
  const upstreams = new OtherUpstreams(({ origin }) => {
    opened.push(origin)
    return { upstream: { host: origin } as never, close: async () => void closed.push(origin) }
  }, most)
  const request = ({ gone = false } = {}) => {
    const outgoing = new EventEmitter()
    return { exchange: { outgoing, upgrade: null, gone } as unknown as Exchange, end: () => outgoing.emit('close') }
  }
  return { opened, closed, upstreams, request }
}

test('a host is opened once, and kept', async () => {
  const { opened, closed, upstreams, request } = stage(2)
  const [first, second] = [request(), request()]
  assert.equal(upstreams.for(a, first.exchange), upstreams.for(a, second.exchange))
  first.end()
  second.end()
  upstreams.for(a, request().exchange)
  assert.deepEqual([opened, closed], [[a], []])
  await upstreams.close()
  assert.deepEqual(closed, [a])
})

test('the one that was used least lately makes place, once its requests have ended', () => {
  const { closed, upstreams, request } = stage(2)
  const [first, second] = [request(), request()]
  upstreams.for(a, first.exchange)
  upstreams.for(b, second.exchange)
  upstreams.for(a, request({ gone: true }).exchange)
  second.end()
  upstreams.for(c, request().exchange)
  assert.deepEqual(closed, [b], 'nobody used it any more')
  upstreams.for(b, request().exchange)
  assert.deepEqual(closed, [b], 'a request of the other is under way')
  first.end()
  assert.deepEqual(closed, [b, a])
})

test('a host that made place is opened anew', () => {
  const { opened, closed, upstreams, request } = stage(1)
  for (const origin of [a, b, a, b]) {
    const { exchange, end } = request()
    upstreams.for(origin, exchange)
    end()
  }
  assert.deepEqual(opened, [a, b, a, b])
  assert.deepEqual(closed, [a, b, a])
})
