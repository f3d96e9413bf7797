import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

/** Lists, and which of a few clients they let in. */
const lists: Record<string, { fields: object; admits: Record<string, boolean> }> = {
  'an address that is allowed': {
    fields: { allowed_ips: ['127.0.0.2'] },
    admits: { '127.0.0.2': true, '127.0.0.1': false, '127.0.0.22': false, '::1': false },
  },
  'a network that is allowed': {
    fields: { allowed_ips: ['127.0.0.0/30', 'fd00::/8'] },
    admits: { '127.0.0.1': true, '127.0.0.3': true, '127.0.0.4': false, '::1': false },
  },
  'a network written with bits of a host': {
    fields: { allowed_ips: ['127.0.0.3/30'] },
    admits: { '127.0.0.1': true, '127.0.0.4': false },
  },
  'IPv6 that is allowed': { fields: { allowed_ips: ['0:0:0:0:0:0:0:1'] }, admits: { '::1': true, '127.0.0.1': false } },
  'an IPv4 address mapped into IPv6': {
    fields: { allowed_ips: ['::ffff:127.0.0.2'] },
    admits: { '127.0.0.2': true, '127.0.0.1': false },
  },
  'a network mapped into IPv6': {
    fields: { blacklisted_ips: ['::ffff:127.0.1.0/120'] },
    admits: { '127.0.1.9': false, '127.0.0.1': true },
  },
  'every IPv6 address, mapped ones left out': { fields: { allowed_ips: ['::/0'] }, admits: { '::1': true, '127.0.0.1': false } },
  'every IPv4 address': { fields: { allowed_ips: ['0.0.0.0/0'] }, admits: { '::1': false, '127.0.0.1': true } },
  'an address that is blocked': {
    fields: { blacklisted_ips: ['127.0.0.2', '::1'] },
    admits: { '127.0.0.2': false, '::1': false, '127.0.0.1': true },
  },
  'blocked among the allowed ones': {
    fields: { allowed_ips: ['127.0.0.0/24'], blacklisted_ips: ['127.0.0.8/29'] },
    admits: { '127.0.0.7': true, '127.0.0.8': false, '127.0.0.15': false, '127.0.0.16': true, '127.0.1.1': false },
  },
  'lists that are turned off': {
    fields: { allowed_ips: ['10.0.0.1'], blacklisted_ips: ['127.0.0.1'], ip_access_control_disabled: true },
    admits: { '127.0.0.1': true },
  },
  'flags without lists': { fields: { enable_ip_whitelisting: true, allowed_ips: [] }, admits: { '127.0.0.1': true } },
  'lists without flags': {
    fields: { enable_ip_whitelisting: false, allowed_ips: ['10.0.0.1'] },
    admits: { '127.0.0.1': false },
  },
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))

/** Asks from an address of this machine; resolves with the response. */
async function askFrom(address: string, port: number, lines: string[] = []): Promise<string> {
  const socket = connect({ port, host: address.includes(':') ? '::1' : '127.0.0.1', localAddress: address })
  await once(socket, 'connect')
  socket.write(formatRequest('GET /api/x', ['Connection: close', ...lines]))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe('addresses of clients', () => {
  for (const [title, { fields, admits }] of Object.entries(lists)) {
    test(title, async () => {
      await using upstream = await startUpstream()
      await using gateway = await startGateway({ definitions: { 'api.json': definition(upstream.url, { ...fields }) } })
      assert.deepEqual(gateway.report.failed, [])
      for (const [address, admitted] of Object.entries(admits)) {
        if (address === '::1' && !hasIpv6) continue
        const response = await askFrom(address, gateway.port)
        assert.equal(response.startsWith('HTTP/1.1 200 '), admitted, `${address}: ${response}`)
        if (!admitted) assert.match(response, /^HTTP\/1.1 403 [\s\S]*"error": "access from this IP has been disallowed"/)
      }
      assert.equal(upstream.requests.length, Object.entries(admits).filter(([a, yes]) => yes && (a !== '::1' || hasIpv6)).length)
    })
  }

  test('what a trusted proxy says of the client counts', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url, { allowed_ips: ['192.0.2.0/24', '2001:db8::1'] }) },
      config: { http_server_options: { trusted_proxies: ['127.0.0.1'] } },
    })
    const status = async (from: string, ...lines: string[]) => (await askFrom(from, gateway.port, lines)).slice(9, 12)
    assert.equal(await status('127.0.0.1', 'X-Forwarded-For: 192.0.2.7'), '200')
    assert.equal(await status('127.0.0.1', 'X-Forwarded-For: 2001:DB8:0::1'), '200')
    assert.equal(await status('127.0.0.1', 'X-Forwarded-For: 192.0.2.7, 198.51.100.1'), '403')
    assert.equal(await status('127.0.0.1'), '403')
    assert.equal(await status('127.0.0.2', 'X-Forwarded-For: 192.0.2.7'), '403')
  })

  test('a header cannot take the place of an address', async () => {
    await using upstream = await startUpstream()
    const fields = { allowed_ips: ['127.0.0.2'], blacklisted_ips: ['127.0.0.3'] }
    await using gateway = await startGateway({ definitions: { 'api.json': definition(upstream.url, fields) } })
    const headers = ['X-Forwarded-For', 'X-Real-IP', 'X-Client-IP', 'True-Client-IP', 'CF-Connecting-IP']
    for (const name of headers) {
      assert.match(await askFrom('127.0.0.1', gateway.port, [`${name}: 127.0.0.2`]), /^HTTP\/1.1 403 /)
      assert.match(await askFrom('127.0.0.3', gateway.port, [`${name}: 127.0.0.2`]), /^HTTP\/1.1 403 /)
    }
    assert.match(await askFrom('127.0.0.1', gateway.port, ['Forwarded: for=127.0.0.2']), /^HTTP\/1.1 403 /)
  })
})
