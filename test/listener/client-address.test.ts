import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forwardedAddress, normalAddress } from '../../src/request/address/ip-address.ts'
import { isNetwork, Networks } from '../../src/request/address/networks.ts'
import { formatRequest, headerValues } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

interface Row {
  readonly lines: readonly string[]
  readonly address: string
  readonly options?: object
}

const trusting = (...trusted_proxies: string[]) => ({ trusted_proxies })
const loopback = trusting('127.0.0.0/8')

/** The client is at 127.0.0.1. */
const rows: Readonly<Record<string, Row>> = {
  'of nobody else by default': { lines: ['X-Forwarded-For: 1.1.1.1', 'X-Real-IP: 2.2.2.2'], address: '127.0.0.1' },
  'the peer itself, if it is not one of the trusted': {
    lines: ['X-Forwarded-For: 1.1.1.1'],
    address: '127.0.0.1',
    options: trusting('10.0.0.0/8', '127.0.0.2'),
  },
  'the peer itself, if it says nothing': { lines: [], address: '127.0.0.1', options: loopback },
  'the last of X-Forwarded-For': { lines: ['X-Forwarded-For: 1.1.1.1, 2.2.2.2'], address: '2.2.2.2', options: loopback },
  'the last that is not trusted as well': {
    lines: ['X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1,10.0.0.2'],
    address: '2.2.2.2',
    options: trusting('127.0.0.1', '10.0.0.0/8'),
  },
  'the first, if all are trusted': {
    lines: ['X-Forwarded-For: 10.0.0.3, 10.0.0.1'],
    address: '10.0.0.3',
    options: trusting('127.0.0.1', '10.0.0.0/8'),
  },
  'in several lines as in one': {
    lines: ['X-Forwarded-For: 1.1.1.1', 'x-forwarded-for: 2.2.2.2', 'X-FORWARDED-FOR: 10.0.0.1'],
    address: '2.2.2.2',
    options: trusting('127.0.0.1', '10.0.0.0/8'),
  },
  'the nearest that makes sense': {
    lines: ['X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.1'],
    address: '10.0.0.1',
    options: trusting('127.0.0.1', '10.0.0.0/8'),
  },
  'the peer, if nothing makes sense': { lines: ['X-Forwarded-For: unknown'], address: '127.0.0.1', options: loopback },
  'the one that xff_depth counts to from the right': {
    lines: ['X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3'],
    address: '2.2.2.2',
    options: { ...loopback, xff_depth: 2 },
  },
  'the peer, if the list is shorter than xff_depth': {
    lines: ['X-Forwarded-For: 1.1.1.1'],
    address: '127.0.0.1',
    options: { ...loopback, xff_depth: 2 },
  },
  'the one of X-Real-IP': { lines: ['X-Real-IP: 2.2.2.2'], address: '2.2.2.2', options: loopback },
  'the one of X-Forwarded-For before that of X-Real-IP': {
    lines: ['X-Real-IP: 2.2.2.2', 'X-Forwarded-For: 1.1.1.1'],
    address: '1.1.1.1',
    options: loopback,
  },
  'without its port': { lines: ['X-Forwarded-For: [2001:DB8::1]:443'], address: '2001:db8::1', options: loopback },
  'as IPv4 where it is mapped into IPv6': { lines: ['X-Forwarded-For: ::ffff:1.1.1.1'], address: '1.1.1.1', options: loopback },
}

describe('the address of a client is', () => {
  for (const [title, { lines, address, options = {} }] of Object.entries(rows)) {
    test(title, async () => {
      await using stage = await openStage({ config: { access_logs: { enabled: true }, http_server_options: options } })
      await exchange(stage.port, formatRequest('GET /api/', [...lines]))
      const line = JSON.parse(await stage.gateway.log.waitFor('"access-log"'))
      assert.equal(line.client_ip, address)
      const [head] = stage.upstream.requests.map((request) => request.head.lines)
      assert.match(headerValues(head ?? [], 'x-forwarded-for').at(-1) ?? '', /(?:^|, )127\.0\.0\.1$/, 'the peer is added')
    })
  }
})

test('an address has one way to be written', () => {
  assert.deepEqual(
    ['10.0.0.1', '::FFFF:10.0.0.1', '::ffff:a00:1', '2001:DB8:0::0001', 'fe80::1%eth0', '010.0.0.1', 'localhost', ''].map(
      normalAddress,
    ),
    ['10.0.0.1', '10.0.0.1', '10.0.0.1', '2001:db8::1', 'fe80::1', undefined, undefined, undefined],
  )
  assert.deepEqual(['10.0.0.1:80', '[::1]:80', '[::1]', '::1', '"10.0.0.1"', '10.0.0.1:x'].map(forwardedAddress), [
    '10.0.0.1',
    '::1',
    '::1',
    '::1',
    undefined,
    undefined,
  ])
})

test('networks hold the addresses whose first bits are theirs', () => {
  const networks = new Networks(['10.1.2.3/8', '192.168.1.1', '2001:db8::/32', '::ffff:172.16.0.0/108'])
  const inside = ['10.255.0.1', '192.168.1.1', '2001:db8:ffff::1', '172.31.0.1']
  const outside = ['11.0.0.1', '192.168.1.2', '2001:db9::', '172.32.0.1', '']
  assert.deepEqual(
    inside.map((address) => networks.contains(address)),
    [true, true, true, true],
  )
  assert.deepEqual(
    outside.map((address) => networks.contains(address)),
    [false, false, false, false, false],
  )
  assert.deepEqual(
    ['10.0.0.0/8', '::/0', '::1', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0', 'x/8', '10.0.0.0/8/8'].map(isNetwork),
    [true, true, true, false, false, false, false, false, false],
  )
})
