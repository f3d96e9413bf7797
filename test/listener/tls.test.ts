import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { pems } from './pems.ts'
import { askTls, connectTls, nameShown } from './tls-client.ts'

const files = {
  'one.crt': pems.one.cert,
  'one.key': pems.one.key,
  'two.crt': pems.two.cert,
  'two.key': pems.two.key,
  'two.pem': pems.two.cert + pems.two.key,
  'expired.pem': pems.expired.cert + pems.expired.key,
}
const one = { domain_name: '', cert_file: 'one.crt', key_file: 'one.key' }
const two = { domain_name: 'other.test', cert_file: 'two.crt', key_file: 'two.key' }

function withTls(http_server_options: object = {}, more: StageOptions = {}) {
  const options = { use_ssl: true, certificates: [one], ...http_server_options }
  return openStage({ ...more, files: { ...files, ...more.files }, config: { ...more.config, http_server_options: options } })
}

const CLOSING = formatRequest('GET /api/x?y', ['Connection: close'])

test('a request comes in by TLS and is https to plugins and upstream', async () => {
  const plugin = `import type { Plugin } from 'postern/plugin'
export const Tell: Plugin = (c) => { c.req.raw.headers.set('Url', c.req.url) }
`
  const hooks = { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Tell', path: 'plugin.js' }] } }
  await using stage = await withTls({}, { plugin, definition: hooks })
  assert.match(await askTls(stage.port, CLOSING), /^HTTP\/1\.1 200 X\r\n.*\r\n\r\nok$/s)
  const lines = stage.upstream.requests[0]?.head.lines ?? []
  assert.equal(headerValue(lines, 'x-forwarded-proto'), 'https')
  assert.equal(headerValue(lines, 'url'), 'https://gateway.test/api/x?y')
})

test('a connection of TLS is used again, and can be upgraded', async () => {
  const script: Script = async ({ receive, request, answer, write, bytes }) => {
    await receive()
    if (!headerValue(request.head.lines, 'upgrade')) return answer(200, [], 'ok')
    await write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    for await (const chunk of bytes()) await write(chunk)
  }
  await using stage = await withTls({}, { script })
  const socket = await connectTls(stage.port)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(formatRequest('GET /api/'))
  await until('the first answer', () => text.endsWith('ok'))
  socket.write(formatRequest('GET /api/', ['Upgrade: websocket', 'Connection: Upgrade']))
  await until('the upgrade', () => text.includes('101 Switching Protocols'))
  socket.write('over the tunnel')
  await until('what was sent comes back', () => text.endsWith('over the tunnel'))
  socket.destroy()
})

describe('a client is shown the certificate', () => {
  test('of the domain that it asks for, or the first one', async () => {
    await using stage = await withTls({ certificates: [one, two], ssl_certificates: ['two.pem'] })
    const shown = async (name?: string) => await nameShown(stage.port, name)
    assert.equal(await shown('one.test'), 'one.test')
    assert.equal(await shown('other.test'), 'two.test', 'by domain_name')
    assert.equal(await shown('two.test'), 'two.test', 'by the names of the certificate itself')
    assert.equal(await shown('a.TWO.test'), 'two.test', 'by a wildcard of the certificate itself')
    assert.equal(await shown('a.b.two.test'), 'one.test')
    assert.equal(await shown('nobody.test'), 'one.test')
    assert.equal(await shown(), 'one.test')
  })

  test('of the domain as definitions name it, before those of gateway.conf', async () => {
    await using stage = await withTls(
      { certificates: [one, { ...one, domain_name: 'a.shop.test' }] },
      { definition: { domain: '{tenant}.shop.test', certificates: ['two.pem'] }, config: { enable_custom_domains: true } },
    )
    assert.equal(await nameShown(stage.port, 'b.shop.test'), 'two.test')
    assert.equal(await nameShown(stage.port, 'a.shop.test'), 'one.test', 'a name goes before a pattern, wherever it is from')
    assert.equal(await nameShown(stage.port, 'shop.test'), 'one.test')
  })
})

describe('a reload', () => {
  test('reads certificates anew', async () => {
    await using stage = await withTls()
    const before = await connectTls(stage.port)
    const serial = async () => (await connectTls(stage.port)).getPeerCertificate().serialNumber
    assert.equal(await serial(), before.getPeerCertificate().serialNumber)
    await stage.gateway.folder.writeFile('one.crt', pems.renewed.cert)
    await stage.gateway.folder.writeFile('one.key', pems.renewed.key)
    assert.deepEqual((await stage.gateway.reload()).failed, [])
    assert.notEqual(await serial(), before.getPeerCertificate().serialNumber)
    before.end(CLOSING)
  })

  test('keeps a certificate whose files are broken now, and says so', async () => {
    await using stage = await withTls({ certificates: [one, two] })
    await stage.gateway.folder.writeFile('one.key', pems.renewed.key)
    const { failed } = await stage.gateway.reload()
    assert.deepEqual(
      failed.map(({ file, kept }) => [file.split('/').at(-1), kept]),
      [['one.crt', true]],
    )
    assert.match(
      failed[0]?.error.message ?? '',
      /one\.key" failed: found the key of another certificate than that in ".*one\.crt", expected PEM files/,
    )
    await stage.gateway.log.waitFor('the certificate before it stays in use')
    assert.equal(await nameShown(stage.port, 'one.test'), 'one.test')
    assert.equal(await nameShown(stage.port, 'other.test'), 'two.test')
  })

  test('keeps the version of a definition whose certificate is broken now', async () => {
    const fields = { domain: 'shop.test', certificates: ['two.pem'] }
    await using stage = await withTls({}, { definition: fields, config: { enable_custom_domains: true } })
    await stage.gateway.folder.writeFile('two.pem', 'nothing')
    const { failed } = await stage.gateway.reload()
    assert.match(
      failed[0]?.error.message ?? '',
      /certificates\[0\]: Read the certificate ".*two\.pem" failed: found no certificate in PEM/,
    )
    assert.equal(failed[0]?.kept, true)
    assert.equal(await nameShown(stage.port, 'shop.test'), 'two.test')
  })
})

describe('a gateway does not start', () => {
  const wrong: Readonly<Record<string, [more: object, message: RegExp]>> = {
    'without a certificate': [
      { certificates: [] },
      /use_ssl: expected a certificate in "certificates" or "ssl_certificates", found none/,
    ],
    'if there is no such file': [
      { certificates: [{ ...one, cert_file: 'no.crt' }] },
      /^Read the certificate "[^"]*\/no\.crt" failed: found no such file, expected/,
    ],
    'if a file has no certificate': [
      { certificates: [{ ...one, cert_file: 'one.key' }] },
      /one\.key" failed: found no certificate in PEM/,
    ],
    'if a file has no key': [
      { certificates: [{ ...one, key_file: 'one.crt' }] },
      /one\.crt" failed: found no private key in PEM/,
    ],
    'if the key is of another': [
      { certificates: [{ ...one, key_file: 'two.key' }] },
      /two\.key" failed: found the key of another certificate than that in ".*one\.crt"/,
    ],
    'if a certificate cannot be read': [
      { ssl_certificates: ['broken.pem'] },
      /broken\.pem" failed: found a certificate that cannot be read/,
    ],
    'if the newest TLS is older than the oldest': [
      { min_version: 772, max_version: 771 },
      /max_version: expected at least "min_version" \(772\), found 771/,
    ],
    'if TLS is one that is not safe': [{ min_version: 769 }, /min_version: expected 0, 771 \(TLS 1\.2\) or 772/],
    'if a cipher suite is none': [{ ssl_ciphers: ['TLS_NULL'] }, /ssl_ciphers\[0\]: expected the name of a cipher suite/],
  }
  for (const [title, [options, message]] of Object.entries(wrong)) {
    test(title, async () => {
      const config = { http_server_options: { use_ssl: true, certificates: [one], ...options } }
      const broken = pems.one.cert.replace('MII', 'AAA') + pems.one.key
      await assert.rejects(
        startGateway({ definitions: {}, files: { ...files, 'broken.pem': broken }, config }),
        ({ message: text }: Error) => {
          assert.match(text, message)
          return true
        },
      )
    })
  }

  test('in silence with a certificate that is no longer valid', async () => {
    await using stage = await withTls({ certificates: [], ssl_certificates: ['expired.pem'] })
    await stage.gateway.log.waitFor('is no longer valid, since 2020-01-02T00:00:00.000Z')
    assert.equal(await nameShown(stage.port), 'old.test')
  })
})

describe('a definition', () => {
  const failing: Readonly<Record<string, [fields: object, problem: RegExp]>> = {
    'may not name more than one certificate': [
      { certificates: ['two.pem', 'two.pem'] },
      /certificates: expected one file, .*, found 2/,
    ],
    'may not name a certificate that there is not': [
      { certificates: ['none.pem'] },
      /certificates\[0\]: Read the certificate ".*none\.pem" failed: found no such file, .*, both in one file, relative to/,
    ],
    'may not name a certificate without its key': [
      { certificates: ['two.crt'] },
      /certificates\[0\]: .* found no private key in PEM/,
    ],
  }
  for (const [title, [fields, problem]] of Object.entries(failing)) {
    test(title, async () => {
      await using gateway = await startGateway({
        definitions: { 'api.json': definition('http://upstream.test', { domain: 'shop.test', ...fields }) },
        files,
        config: { enable_custom_domains: true, http_server_options: { use_ssl: true, certificates: [one] } },
      })
      assert.match(gateway.report.failed[0]?.error.message ?? '', problem)
    })
  }

  test('is told that its certificate is of no use without a domain, or without TLS', async () => {
    const json = { 'api.json': definition('http://upstream.test', { certificates: ['two.pem'] }) }
    const config = { http_server_options: { use_ssl: true, certificates: [one] } }
    await using gateway = await startGateway({ definitions: json, files, config })
    await gateway.log.waitFor('certificates: ignored, because the API listens on every host')
    await using plain = await startGateway({ definitions: json })
    await plain.log.waitFor('certificates: ignored, because \\"http_server_options.use_ssl\\" is false in gateway.conf')
  })
})

describe('TLS', () => {
  test('is spoken in the versions that gateway.conf names', async () => {
    await using newest = await withTls({ min_version: 772 })
    await assert.rejects(connectTls(newest.port, { maxVersion: 'TLSv1.2' }))
    assert.equal((await connectTls(newest.port)).getProtocol(), 'TLSv1.3')
    await newest.gateway.log.waitFor('Speak TLS with a client failed: ')
    await using older = await withTls({ max_version: 771 })
    assert.equal((await connectTls(older.port)).getProtocol(), 'TLSv1.2')
    await assert.rejects(connectTls(older.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }))
  })

  test('is spoken with the cipher suites that gateway.conf names', async () => {
    await using stage = await withTls({ max_version: 771, ssl_ciphers: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] })
    assert.equal((await connectTls(stage.port)).getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384')
    await assert.rejects(connectTls(stage.port, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }))
  })

  test('is not to be had by plain HTTP on the same port', async () => {
    await using stage = await withTls()
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await connection.closed
    assert.equal(stage.upstream.requests.length, 0)
    await stage.gateway.log.waitFor('Speak TLS with a client failed: ')
  })

  test('has a client closed that does not get on with it', async () => {
    await using stage = await withTls({ read_timeout: 0.2 })
    using connection = await openConnection(stage.port)
    await connection.closed
  })

  test('has a client cut that takes nothing of its answer', async () => {
    const flood: Script = async ({ write, closed }) => {
      let gone = false
      void closed.then(() => {
        gone = true
      })
      await write('HTTP/1.1 200 OK\r\n\r\n')
      while (!gone) await write(Buffer.alloc(1 << 20))
    }
    await using stage = await withTls({ write_timeout: 0.3 }, { script: flood })
    const socket = await connectTls(stage.port)
    socket.on('error', () => {})
    socket.write(formatRequest('GET /api/'))
    await stage.gateway.log.waitFor('the client took nothing of it for http_server_options.write_timeout')
    await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
    socket.destroy()
  })

  test('does not keep a gateway from closing while a client is about it', async () => {
    const stage = await withTls()
    using connection = await openConnection(stage.port)
    await stage[Symbol.asyncDispose]()
    await connection.closed
  })
})

describe('a command', () => {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const run = (args: readonly string[]) => {
    return new Promise<string>((resolve) => {
      execFile(process.execPath, [main, ...args], (_, out, err) => resolve(out + err))
    })
  }

  test('asks a gateway for its health by TLS', async () => {
    await using stage = await withTls()
    const conf = join(stage.gateway.folder.path, 'health.conf')
    await stage.gateway.folder.writeFile(
      'health.conf',
      JSON.stringify({ listen_port: stage.port, http_server_options: { use_ssl: true } }),
    )
    assert.equal(await run(['health', '--conf', conf]), 'ready\n')
    assert.equal(await run(['health', '--url', `https://127.0.0.1:${stage.port}/ready`]), 'ready\n')
  })

  test('finds what is wrong with certificates before a start does', async () => {
    await using stage = await withTls()
    assert.match(await run(['config', 'check', '--conf', stage.gateway.folder.config]), /^ok: /)
    await stage.gateway.folder.writeFile('one.key', pems.renewed.key)
    assert.match(
      await run(['config', 'check', '--conf', stage.gateway.folder.config]),
      /one\.key" failed: found the key of another certificate/,
    )
  })
})
