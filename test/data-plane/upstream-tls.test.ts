import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { makeCertificate, type TestCertificate } from '../harness/certificates.ts'
import { type DefinitionFields, definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { answerOk, type RawUpstream, type Script, startUpstream } from '../harness/raw-upstream.ts'

const authority = makeCertificate({ name: 'Test authority', isAuthority: true })
const other = makeCertificate({ name: 'Another authority', isAuthority: true })
const server = makeCertificate({ name: 'upstream', hosts: ['127.0.0.1', 'localhost'], issuer: authority })
const client = makeCertificate({ name: 'gateway', issuer: authority })

interface TlsStage extends AsyncDisposable {
  readonly upstream: RawUpstream
  readonly gateway: TestGateway
  readonly port: number
}

interface TlsStageOptions {
  readonly certificate?: TestCertificate
  readonly tls?: TlsOptions
  readonly script?: Script
  /** `{{port}}` stands for the upstream's. */
  readonly definition?: DefinitionFields
  readonly config?: Readonly<Record<string, unknown>>
}

/** A gateway before an upstream that speaks TLS; the files that definitions name are beside gateway.conf. */
async function openTlsStage(options: TlsStageOptions = {}): Promise<TlsStage> {
  const { certificate = server, tls = {}, script = answerOk, definition: fields = trusting, config = {} } = options
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream(script, { key: certificate.key, cert: certificate.cert, ...tls }))
  const gateway = resources.use(await startGateway({ definitions: {}, config }))
  await mkdir(join(gateway.folder.path, 'certs'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(gateway.folder.path, 'certs', name), text)
  const json = JSON.stringify(definition(upstream.url, fields)).replaceAll('{{port}}', String(upstream.port))
  await gateway.folder.writeDefinition('api.json', json)
  const { failed } = await gateway.reload()
  assert.deepEqual(failed, [], 'the definition loads')
  const opened = resources.move()
  return { upstream, gateway, port: gateway.port, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const files = {
  'ca.pem': authority.cert,
  'others.pem': `${other.cert}\n${authority.cert}`,
  'other.pem': other.cert,
  'client.pem': `${client.cert}${client.key}`,
}

const withTransport = (transport: object, fields: DefinitionFields = {}): DefinitionFields => ({
  ...fields,
  proxy: { ...fields.proxy, transport },
})

const trusting = withTransport({ ssl_ca_file: 'certs/ca.pem' })
const trustingAnd = (transport: object, fields: DefinitionFields = {}) =>
  withTransport({ ssl_ca_file: 'certs/ca.pem', ...transport }, fields)

async function get(options: TlsStageOptions) {
  await using stage = await openTlsStage(options)
  const { status, text } = await exchange(stage.port, formatRequest('GET /api/'))
  return { status, text, log: stage.gateway.log.lines.join('\n') }
}

describe('an upstream is reached by TLS', () => {
  const cases: Record<string, TlsStageOptions> = {
    'where the definition names its authority': {},
    'where the file has several authorities': { definition: withTransport({ ssl_ca_file: 'certs/others.pem' }) },
    'whoever it is, where no certificate is asked for': {
      certificate: makeCertificate({ name: 'nobody' }),
      definition: withTransport({ ssl_insecure_skip_verify: true }),
    },
    'whoever it is, where gateway.conf asks for no certificate': {
      certificate: makeCertificate({ name: 'nobody' }),
      definition: {},
      config: { proxy_ssl_insecure_skip_verify: true },
    },
    'by a name': { definition: trustingAnd({}, { proxy: { target_url: 'https://localhost:{{port}}/' } }) },
    'with the oldest version that both speak': {
      tls: { maxVersion: 'TLSv1.2' },
      definition: trustingAnd({ ssl_min_version: 771, ssl_max_version: 771 }),
    },
    'with a cipher suite by its name in TLS': {
      tls: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      definition: trustingAnd({ ssl_ciphers: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] }),
    },
    'with TLS 1.3, where only suites of older ones are named': {
      tls: { minVersion: 'TLSv1.3' },
      definition: trustingAnd({ ssl_ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] }),
    },
    'where its key is pinned': {
      definition: { ...trusting, pinned_public_keys: { '127.0.0.1': `${other.pin}, sha256/${server.pin}` } },
    },
    'where its key is pinned in hex, for that port': {
      definition: {
        ...trusting,
        pinned_public_keys: { '127.0.0.1:{{port}}': Buffer.from(server.pin, 'base64').toString('hex'), '*': other.pin },
      },
    },
    'where the key of another host is pinned': {
      definition: { ...trusting, pinned_public_keys: { 'other.example': other.pin } },
    },
    'where pinning is off': {
      definition: { ...trusting, pinned_public_keys: { '*': other.pin }, certificate_pinning_disabled: true },
    },
    'where its common name is right, signed by whomever': {
      certificate: makeCertificate({ name: 'localhost' }),
      definition: withTransport(
        { ssl_insecure_skip_verify: true, ssl_force_common_name_check: true },
        { proxy: { target_url: 'https://localhost:{{port}}/' } },
      ),
    },
  }
  for (const [where, options] of Object.entries(cases)) {
    test(where, async () => {
      const { status, log } = await get(options)
      assert.equal(status, 200, log)
    })
  }

  test('with the authority that gateway.conf names', async () => {
    await using stage = await openTlsStage({ definition: {} })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 500)
    await using trusted = await startGateway({
      definitions: { 'api.json': definition(stage.upstream.url) },
      config: { proxy_ssl_ca_file: join(stage.gateway.folder.path, 'certs/ca.pem') },
    })
    assert.equal((await exchange(trusted.port, formatRequest('GET /api/'))).status, 200)
  })

  test('and its certificate is checked against the target, not the Host that the client sends', async () => {
    const names: unknown[] = []
    await using stage = await openTlsStage({
      definition: trustingAnd({}, { proxy: { target_url: 'https://localhost:{{port}}/', preserve_host_header: true } }),
      tls: {
        SNICallback: (name, done) => {
          names.push(name)
          done(null)
        },
      },
    })
    for (const host of ['shop.example', 'www.example']) {
      assert.equal((await exchange(stage.port, formatRequest('GET /api/', [`Host: ${host}`]))).status, 200)
    }
    const [first, second] = stage.upstream.requests
    assert.equal(headerValue(first?.head.lines ?? [], 'host'), 'shop.example')
    assert.equal(headerValue(second?.head.lines ?? [], 'host'), 'www.example')
    assert.deepEqual(names, ['localhost'])
    assert.equal(stage.upstream.connections, 1, 'another Host needs no other connection')
  })
})

describe('an upstream is refused', () => {
  const expired = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') }
  const hosts = ['127.0.0.1']
  const cases: Record<string, [options: TlsStageOptions, log: string]> = {
    'whose authority nobody trusts': [{ definition: {} }, 'name the certificate of its authority in proxy.transport.ssl_ca_file'],
    'of another authority': [
      { definition: withTransport({ ssl_ca_file: 'certs/other.pem' }) },
      'its certificate is signed by nobody who is trusted',
    ],
    'that has signed its certificate itself': [
      { certificate: makeCertificate({ name: 'self', hosts }) },
      'its certificate is signed by nobody who is trusted',
    ],
    'whose certificate has expired': [
      { certificate: makeCertificate({ name: 'old', hosts, issuer: authority, ...expired }) },
      'its certificate has expired',
    ],
    'whose certificate is for other hosts': [
      { certificate: makeCertificate({ name: 'x', hosts: ['other.example'], issuer: authority }) },
      "its certificate is for other hosts: IP: 127.0.0.1 is not in the cert's list",
    ],
    'with another key than the one that is pinned': [
      { definition: { ...trusting, pinned_public_keys: { '*': other.pin } } },
      'Certificate public key pinning error. Public keys do not match',
    ],
    'with another key, even where no certificate is asked for': [
      {
        definition: withTransport({ ssl_insecure_skip_verify: true }, { pinned_public_keys: { '*': other.pin } }),
      },
      `expected one that pinned_public_keys has`,
    ],
    'with another common name, where that is asked for': [
      { definition: withTransport({ ssl_insecure_skip_verify: true, ssl_force_common_name_check: true }) },
      'the common name of its certificate is \\"upstream\\", expected \\"127.0.0.1\\"',
    ],
    'that speaks no version that is new enough': [
      { tls: { maxVersion: 'TLSv1.2' }, definition: trustingAnd({ ssl_min_version: 772 }) },
      'Open a TLS connection to the upstream failed',
    ],
    'that speaks no version that gateway.conf has for new enough': [
      { tls: { maxVersion: 'TLSv1.2' }, config: { proxy_ssl_min_version: 772 } },
      'Open a TLS connection to the upstream failed',
    ],
    'that has no cipher suite of those that are named': [
      {
        tls: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
        definition: trustingAnd({ ssl_ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] }),
      },
      'Open a TLS connection to the upstream failed',
    ],
  }
  for (const [which, [options, log]] of Object.entries(cases)) {
    test(which, async () => {
      const found = await get(options)
      assert.equal(found.status, 500)
      assert.equal(found.text, '{\n    "error": "There was a problem proxying the request"\n}')
      assert.ok(found.log.includes(log), found.log)
    })
  }

  test('also for a WebSocket', async () => {
    await using stage = await openTlsStage({ definition: { ...trusting, pinned_public_keys: { '*': other.pin } } })
    const handshake = formatRequest('GET /api/', ['Connection: Upgrade', 'Upgrade: websocket'])
    assert.equal((await exchange(stage.port, handshake)).status, 500)
    await stage.gateway.log.waitFor('Certificate public key pinning error')
  })
})

describe('a client certificate', () => {
  const asking = { requestCert: true, ca: authority.cert }

  test('is shown to the host that it is for', async () => {
    for (const host of ['127.0.0.1', '127.0.0.1:{{port}}', '*.0.0.1', '*']) {
      const { status, log } = await get({
        tls: asking,
        definition: { ...trusting, upstream_certificates: { [host]: 'certs/client.pem' } },
      })
      assert.equal(status, 200, log)
    }
  })

  test('is shown for a WebSocket, too', async () => {
    await using stage = await openTlsStage({
      tls: asking,
      script: ({ write }) => write('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      definition: { ...trusting, upstream_certificates: { '*': 'certs/client.pem' } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/', ['Connection: Upgrade', 'Upgrade: websocket']))
    assert.match((await connection.receiveHead()).startLine, /101/)
  })

  const missing: Record<string, DefinitionFields> = {
    'where there is none': trusting,
    'where it is for another host': { ...trusting, upstream_certificates: { 'other.example': 'certs/client.pem' } },
    'where it is off': { ...trusting, upstream_certificates: { '*': 'certs/client.pem' }, upstream_certificates_disabled: true },
  }
  for (const [where, fields] of Object.entries(missing)) {
    test(`is not shown ${where}`, async () => {
      const { status, log } = await get({ tls: asking, definition: fields })
      assert.equal(status, 500)
      assert.match(log, /There was a problem proxying the request|Open a TLS connection/)
    })
  }
})

/** A proxy that notes what it is asked for, and passes it on. */
async function startProxy() {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const proxy = createServer(async (incoming, outgoing) => {
    asked.push(noteOf(incoming))
    const { body, status } = await relay(incoming)
    outgoing.writeHead(status).end(body)
  })
  proxy.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(noteOf(incoming))
    sockets.add(socket.on('error', () => {}))
    if (!incoming.headers['proxy-authorization']) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const [host, port] = (incoming.url as string).split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    }).on('error', () => {})
    sockets.add(upstream)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    asked,
    port: (proxy.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      proxy.closeAllConnections()
      await new Promise((closed) => proxy.close(closed))
    },
  }
}

function noteOf({ method, url, headers }: IncomingMessage): string {
  const [, credentials = ''] = (headers['proxy-authorization'] ?? '').split(' ')
  return `${method} ${url} ${Buffer.from(credentials, 'base64')}`.trim()
}

async function relay({ url, method = 'GET' }: IncomingMessage) {
  const response = await fetch(url as string, { method })
  return { status: response.status, body: await response.text() }
}

describe('a proxy on the way', () => {
  test('passes on what is encrypted', async () => {
    await using proxy = await startProxy()
    await using stage = await openTlsStage({
      definition: trustingAnd(
        { proxy_url: `http://user:p%40ss@127.0.0.1:${proxy.port}` },
        { proxy: { target_url: 'https://localhost:{{port}}/' } },
      ),
    })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/x'))).status, 200)
    assert.equal(stage.upstream.requests[0]?.target, '/x')
    assert.deepEqual(proxy.asked, [`CONNECT localhost:${stage.upstream.port} user:p@ss`])
    assert.deepEqual(
      stage.upstream.requests[0]?.head.lines.filter((line) => /proxy/i.test(line)),
      [],
    )
  })

  test('that refuses is told of in the log', async () => {
    await using proxy = await startProxy()
    const { status, log } = await get({ definition: trustingAnd({ proxy_url: `http://127.0.0.1:${proxy.port}` }) })
    assert.equal(status, 500)
    assert.match(log, /through the proxy \\"127.0.0.1:\d+\\" failed: it answered 407/)
  })

  test('gets the whole URL of what is not', async () => {
    await using proxy = await startProxy()
    await using upstream = await startUpstream()
    await using gateway = await startGateway({
      definitions: {
        'api.json': definition(`${upstream.url}/v1`, withTransport({ proxy_url: `http://user:secret@127.0.0.1:${proxy.port}` })),
      },
    })
    const { status, text } = await exchange(gateway.port, formatRequest('GET /api/x?y'))
    assert.equal(`${status} ${text}`, '200 ok')
    assert.deepEqual(proxy.asked, [`GET ${upstream.url}/v1/x?y user:secret`])
  })
})
