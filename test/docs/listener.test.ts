import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { pems } from '../listener/pems.ts'
import { askTls, connectTls, nameShown } from '../listener/tls-client.ts'
import { readSamples } from './read-samples.ts'

const samples = readSamples('docs/listener.md', 'json').map(({ text }) => JSON.parse(text))
const [tls, shop, addresses, limits] = samples

const files = {
  'certs/example.crt': pems.one.cert,
  'certs/example.key': pems.one.key,
  'certs/other.pem': pems.two.cert + pems.two.key,
  'certs/shop.pem': pems.renewed.cert + pems.renewed.key,
}

function start(config: object, definitions: Record<string, object> = {}): Promise<TestGateway> {
  return startGateway({ definitions, files, config: { access_logs: { enabled: true }, ...config } })
}

test('docs/listener.md has a sample for each of its parts', () => {
  assert.equal(samples.length, 4)
})

test('the gateway of docs/listener.md serves the API on its domain, in TLS and HTTP/2', async () => {
  await using upstream = await startUpstream()
  const definition = { ...shop, proxy: { ...shop.proxy, target_url: upstream.url } }
  await using gateway = await start(tls, { 'shop.json': definition })
  assert.deepEqual(gateway.report.failed, [])
  assert.ok(!gateway.log.lines.some((line) => line.includes('ignored')))
  const serial = async (servername: string) => (await connectTls(gateway.port, { servername })).getPeerCertificate().serialNumber
  assert.equal(await nameShown(gateway.port, 'a.example.com'), 'one.test')
  assert.equal(await nameShown(gateway.port, 'two.test'), 'two.test')
  assert.notEqual(await serial('a.shop.example'), await serial('a.example.com'))
  assert.equal((await connectTls(gateway.port, { ALPNProtocols: ['h2'] })).alpnProtocol, 'h2')
  const ask = (host: string) => askTls(gateway.port, formatRequest('GET /x', [`Host: ${host}`, 'Connection: close']))
  assert.match(await ask('a.shop.example'), /^HTTP\/1\.1 200 /)
  assert.match(await ask('shop.example'), /^HTTP\/1\.1 404 /)
})

for (const [what, config] of Object.entries({ addresses, limits })) {
  test(`the gateway of docs/listener.md serves with the ${what} it shows`, async () => {
    await using upstream = await startUpstream()
    const { domain, certificates, ...plain } = shop
    await using gateway = await start(config, { 'shop.json': { ...plain, proxy: { ...shop.proxy, target_url: upstream.url } } })
    assert.equal((await exchange(gateway.port, formatRequest('GET /x', ['X-Forwarded-For: 203.0.113.9']))).status, 200)
    assert.equal(JSON.parse(await gateway.log.waitFor('"access-log"')).client_ip, '127.0.0.1', 'loopback is not trusted')
    const tooMany = Array.from({ length: 51 }, (_, i) => `X-${i}: 1`)
    assert.equal((await exchange(gateway.port, formatRequest('GET /x', tooMany))).status, what === 'limits' ? 431 : 200)
  })
}
