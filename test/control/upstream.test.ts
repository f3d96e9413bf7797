import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { makeCertificate } from '../harness/certificates.ts'
import { definition, type Json, problemsOf, read } from './definitions.ts'
import { makeFolder } from './temporary-folder.ts'

const proxy = (fields: Json) => definition({ proxy: fields })
const balanced = (fields: Json = {}) => proxy({ enable_load_balancing: true, target_list: ['http://a', 'http://b'], ...fields })
const transport = (fields: Json) => proxy({ transport: fields })
const tests = (fields: Json) => definition({ uptime_tests: { check_list: [{ url: 'http://a/health', ...fields }] } })

describe('a definition is not served with', () => {
  const cases: Record<string, [json: Json, problem: string]> = {
    'nothing to balance among': [
      balanced({ target_list: [] }),
      'proxy.target_list: expected the targets to balance among, found none',
    ],
    'a target that is no URL': [
      balanced({ target_list: ['http://a', 'ftp://b'] }),
      'proxy.target_list[1]: expected an http or https URL, found "ftp://b"',
    ],
    'a target with credentials': [
      balanced({ target_list: ['http://me:secret@a'] }),
      'proxy.target_list[0]: expected a URL without user name and password; have a plugin set the Authorization header instead',
    ],
    'an algorithm that is none': [
      balanced({ load_balancing: { algorithm: 'random' } }),
      'proxy.load_balancing.algorithm: expected one of "round_robin", "weighted", "least_connections", found "random"',
    ],
    'a weight of a target that is none': [
      balanced({ load_balancing: { algorithm: 'weighted', weights: { 'http://aa': 2 } } }),
      'proxy.load_balancing.weights["http://aa"]: expected a target as "target_list" has it; did you mean "http://a"?',
    ],
    'a weight that is none': [
      balanced({ load_balancing: { algorithm: 'weighted', weights: { 'http://a': 1.5 } } }),
      'proxy.load_balancing.weights["http://a"]: expected a whole number, found 1.5',
    ],
    'no target that has weight': [
      balanced({ load_balancing: { algorithm: 'weighted', weights: { 'http://a': 0, 'http://b': 0 } } }),
      'proxy.load_balancing.weights: expected a target with a weight above 0, found none',
    ],
    'an ejection without failures': [
      balanced({ load_balancing: { ejection: { failures: 0 } } }),
      'proxy.load_balancing.ejection.failures: expected a number of at least 1, found 0',
    ],
    'too many retries': [
      proxy({ retries: { attempts: 11 } }),
      'proxy.retries.attempts: expected a number of at most 10, found 11',
    ],
    'a reason to retry that is none': [
      proxy({ retries: { on: ['connect', 'error'] } }),
      'proxy.retries.on[1]: expected "connect", "reset", "timeout", or a status from 400 to 599',
    ],
    'a TLS version that is none': [
      transport({ ssl_min_version: 12 }),
      'proxy.transport.ssl_min_version: expected 0, 769 (TLS 1.0), 770 (TLS 1.1), 771 (TLS 1.2) or 772 (TLS 1.3)',
    ],
    'TLS versions in the wrong order': [
      transport({ ssl_min_version: 772, ssl_max_version: 771 }),
      'proxy.transport.ssl_max_version: expected at least "ssl_min_version" (772), found 771',
    ],
    'a cipher suite that is none': [
      transport({ ssl_ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_NOTHING'] }),
      'proxy.transport.ssl_ciphers[1]: expected the name of a cipher suite, as TLS or OpenSSL has it, found "TLS_ECDHE_RSA_WITH_NOTHING"',
    ],
    'authorities that are not there': [
      transport({ ssl_ca_file: 'certs/ca.pem' }),
      'proxy.transport.ssl_ca_file: expected a PEM file with certificates, relative to the folder of gateway.conf, found "certs/ca.pem": there is no such file',
    ],
    'a proxy of another kind': [
      transport({ proxy_url: 'socks5://me:secret@proxy' }),
      'proxy.transport.proxy_url: expected an http or https URL, found "socks5://…@proxy"',
    ],
    'the id of a client certificate': [
      definition({ upstream_certificates: { 'api.example': '5e9f01ab' } }),
      'upstream_certificates["api.example"]: expected a PEM file with a certificate and its key, relative to the folder of gateway.conf, found "5e9f01ab": there is no such file',
    ],
    'a pin that is no fingerprint': [
      definition({ pinned_public_keys: { '*.example': 'id' } }),
      'pinned_public_keys["*.example"]: expected SHA-256 fingerprints of public keys (SubjectPublicKeyInfo), in base64 or hex, with commas between, found "id"',
    ],
    'a pin for what is no host': [
      definition({ pinned_public_keys: { 'https://example/': 'a'.repeat(64) } }),
      'pinned_public_keys["https://example/"]: expected "host", "host:port", "*.domain" or "*" for a name',
    ],
    'a registry that is not named': [
      proxy({ service_discovery: { use_discovery_service: true, data_path: 'a' } }),
      'proxy.service_discovery.query_endpoint: expected an http or https URL, found ""',
    ],
    'a registry whose answers are not described': [
      proxy({
        service_discovery: {
          use_discovery_service: true,
          query_endpoint: 'http://r/',
          use_nested_query: true,
          parent_data_path: 'a',
        },
      }),
      'proxy.service_discovery.data_path: expected names with dots between, found ""',
    ],
    'a path of discovered targets that is none': [
      proxy({
        service_discovery: { use_discovery_service: true, query_endpoint: 'http://r/', data_path: 'a', target_path: 'v1' },
      }),
      'proxy.service_discovery.target_path: expected a path that starts with "/", found "v1"',
    ],
    'an uptime test of no URL': [
      tests({ url: 'file:///etc' }),
      'uptime_tests.check_list[0].url: expected an http or https URL, found "file:///etc"',
    ],
    'an uptime test that waits for no time': [
      tests({ timeout: 'soon' }),
      'uptime_tests.check_list[0].timeout: expected a time such as "2s", or nanoseconds from 1000000 on',
    ],
    'an uptime test with a plain body': [tests({ body: 'ping!' }), 'uptime_tests.check_list[0].body: expected text in base64'],
  }
  for (const [what, [json, problem]] of Object.entries(cases)) {
    test(what, async () => assert.deepEqual(await problemsOf(json), [problem]))
  }
})

describe('a definition is warned about for', () => {
  const idle = 'of no effect, because "enable_load_balancing" is not true'
  const cases: Record<string, [json: Json, warnings: string[]]> = {
    'what counts only among several targets': [
      proxy({
        target_list: ['http://a'],
        load_balancing: { ejection: { failures: 1 } },
        check_host_against_uptime_tests: true,
      }),
      [`proxy.load_balancing: ${idle}`, `proxy.check_host_against_uptime_tests: ${idle}`],
    ],
    'weights that nobody looks at': [
      balanced({ load_balancing: { weights: { 'http://a': 2 } } }),
      ['proxy.load_balancing.weights: of no effect, because "algorithm" is "round_robin"; choose "weighted"'],
    ],
    'targets that a registry names instead': [
      balanced({
        service_discovery: {
          use_discovery_service: true,
          query_endpoint: 'http://r/',
          data_path: 'a',
          endpoint_returns_list: true,
        },
        load_balancing: { algorithm: 'weighted', weights: { 'http://a': 2 } },
      }),
      [
        'proxy.target_list: of no effect, because "service_discovery" names the targets',
        'proxy.load_balancing.weights: of no effect, because "service_discovery" names the targets',
      ],
    ],
    'tests of other protocols': [
      tests({ url: 'tcp://a:1', protocol: 'tcp' }),
      ['uptime_tests.check_list[0].protocol: not supported yet: tests of the protocol "tcp"; the entry is ignored'],
    ],
    'keys that nobody shows': [
      definition({ pinned_public_keys: { '*': 'a'.repeat(64) } }),
      ['pinned_public_keys: of no effect for "http://upstream:8080", which is reached without TLS'],
    ],
    'unknown fields in each object': [
      balanced({
        load_balancing: { algoritm: 'weighted', ejection: { failure: 1 } },
        retries: { attempt: 2 },
        transport: { ssl_cipher: [] },
      }),
      [
        'proxy.transport.ssl_cipher: unknown field, kept for plugins to read; did you mean "ssl_ciphers"?',
        'proxy.load_balancing.algoritm: unknown field, kept for plugins to read; did you mean "algorithm"?',
        'proxy.load_balancing.ejection.failure: unknown field, kept for plugins to read; did you mean "failures"?',
        'proxy.retries.attempt: unknown field, kept for plugins to read; did you mean "attempts"?',
      ],
    ],
  }
  for (const [what, [json, warnings]] of Object.entries(cases)) {
    test(what, async () => assert.deepEqual((await read(json)).warnings, warnings))
  }
})

test('what exported definitions leave empty is absent', async () => {
  const { definition: found, warnings } = await read(
    definition({
      proxy: {
        target_list: null,
        retries: null,
        load_balancing: null,
        service_discovery: { use_discovery_service: false, query_endpoint: '', data_path: '', cache_timeout: 0 },
        transport: { ssl_ciphers: null, ssl_min_version: 0, ssl_max_version: 0, proxy_url: '' },
      },
      uptime_tests: { check_list: null, config: { expire_utime_after: 0, service_discovery: {}, recheck_wait: 0 } },
      upstream_certificates: null,
      pinned_public_keys: null,
    }),
  )
  assert.deepEqual(warnings, [])
  assert.equal(found.upstream.balancing, null)
  assert.equal(found.upstream.retries, null)
})

test('uptime tests that are disabled are not looked at', async () => {
  const { definition: found } = await read(definition({ uptime_tests: { disabled: true, check_list: [{ url: 'x:' }] } }))
  assert.deepEqual(found.upstream.tests, [])
})

test('PEM files that have something else are refused', async () => {
  await using folder = await makeFolder({})
  const { cert, key } = makeCertificate({ name: 'a' })
  const { key: otherKey } = makeCertificate({ name: 'b' })
  const contents = { 'empty.pem': 'nothing', 'key.pem': key, 'cert.pem': cert, 'mixed.pem': cert + otherKey }
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder.path, name), text)
  const problemOf = async (fields: Json) => {
    const error = await read(definition(fields), { confFolder: folder.path }).catch((thrown) => thrown)
    return String(error.message).split(': ').at(-1)
  }
  const certificate = (file: string) => problemOf({ upstream_certificates: { a: file } })
  assert.equal(await problemOf({ proxy: { transport: { ssl_ca_file: 'empty.pem' } } }), 'it has none')
  assert.equal(await certificate('key.pem'), 'it has no certificate')
  assert.equal(await certificate('cert.pem'), 'it has no key')
  assert.match((await certificate('mixed.pem')) ?? '', /key values mismatch/)
})

test('gateway.conf with TLS settings that make no sense is refused', async () => {
  await using folder = await makeFolder({
    'gateway.conf': JSON.stringify({
      proxy_ssl_min_version: 772,
      proxy_ssl_max_version: 771,
      proxy_ssl_ca_file: 'none.pem',
    }),
    'ciphers.conf': JSON.stringify({ proxy_ssl_ciphers: ['none'], proxy_ssl_min_version: 1 }),
  })
  const problemsIn = async (name: string) => {
    const error = await loadConfig({ file: join(folder.path, name), env: {} }).catch((thrown) => thrown)
    return error.message.split('\n').slice(1)
  }
  assert.deepEqual(await problemsIn('gateway.conf'), [
    'proxy_ssl_max_version: expected at least "proxy_ssl_min_version" (772), found 771',
    'proxy_ssl_ca_file: expected a PEM file with certificates, relative to the folder of gateway.conf, found "none.pem": there is no such file',
  ])
  assert.deepEqual(await problemsIn('ciphers.conf'), [
    'proxy_ssl_min_version: expected 0, 769 (TLS 1.0), 770 (TLS 1.1), 771 (TLS 1.2) or 772 (TLS 1.3)',
    'proxy_ssl_ciphers[0]: expected the name of a cipher suite, as TLS or OpenSSL has it',
  ])
})
