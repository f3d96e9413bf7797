import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeCertificate } from '../harness/certificates.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { answerOk, type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { readSamples } from './read-samples.ts'

const authority = makeCertificate({ name: 'Authority', isAuthority: true })
const server = makeCertificate({ name: 'localhost', hosts: ['localhost'], issuer: authority })
const client = makeCertificate({ name: 'gateway', issuer: authority })
const certificates = { 'ca.pem': authority.cert, 'gateway.pem': `${client.cert}${client.key}` }
const mutual = { ...server, requestCert: true, ca: authority.cert }

const PIN = /[A-Za-z0-9+/]{43}=/

describe('the definitions in docs/upstreams.md serve', () => {
  const samples = readSamples('docs/upstreams.md', 'json')
  assert.equal(samples.length, 6)
  for (const { line, text } of samples) {
    test(`line ${line}`, async () => {
      await using resources = new AsyncDisposableStack()
      const plain: RawUpstream[] = []
      for (const _ of 'abc') plain.push(resources.use(await startUpstream()))
      const secure = resources.use(await startUpstream(answerOk, mutual))
      const named = plain.map(({ port }) => ({ Address: '127.0.0.1', ServicePort: port }))
      const registry = resources.use(await startUpstream(({ answer }) => answer(200, [], JSON.stringify(named))))
      const here = text
        .replaceAll('http://registry.example', registry.url)
        .replace(/\b([abc])\.example/g, (_, name: string) => `127.0.0.1:${plain['abc'.indexOf(name)]?.port}`)
        .replaceAll('https://payments.example', `https://localhost:${secure.port}`)
        .replaceAll('payments.example', 'localhost')
        .replace(PIN, server.pin)
      const gateway = resources.use(await startGateway({ definitions: {} }))
      await mkdir(join(gateway.folder.path, 'certs'))
      for (const [name, pem] of Object.entries(certificates)) await writeFile(join(gateway.folder.path, 'certs', name), pem)
      await gateway.folder.writeDefinition('api.json', here)
      assert.deepEqual((await gateway.reload()).failed, [])
      const warnings = gateway.log.lines.filter((each) => each.includes('"level":"warn"') && each.includes('"file"'))
      assert.deepEqual(warnings, [])
      const { proxy } = JSON.parse(here)
      for (let i = 0; i < 4; i += 1) {
        assert.equal((await exchange(gateway.port, formatRequest(`GET ${proxy.listen_path}`))).status, 200)
      }
      const seen = [...plain, secure].filter(({ requests }) => requests.some(({ target }) => !target.includes('health')))
      const wanted = proxy.service_discovery ? named : new Set(proxy.target_list ?? [proxy.target_url])
      assert.equal(seen.length, [...wanted].length)
    })
  }
})
