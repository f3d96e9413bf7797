import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseHostPattern } from '../../src/request/router/host-pattern.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const domains = {
  exact: 'api.example.com',
  wildcard: '*.example.com',
  named: '{tenant}.shop.example.com',
  digits: '{shard:[0-9]{1,3}}.example.com',
  deep: '{rest:.+}.deep.example.com',
  middle: 'a.*.test',
  any: '',
}

const asked: Readonly<Record<string, keyof typeof domains>> = {
  'api.example.com': 'exact',
  'API.Example.COM': 'exact',
  'api.example.com:8080': 'exact',
  'api.example.com.': 'exact',
  'other.example.com': 'wildcard',
  'OTHER.example.com': 'wildcard',
  'example.com': 'any',
  'a.b.example.com': 'any',
  'acme.shop.example.com': 'named',
  '17.example.com': 'digits',
  '1717.example.com': 'wildcard',
  'x17.example.com': 'wildcard',
  'a.b.c.deep.example.com': 'deep',
  'a.b.test': 'middle',
  'xapi.example.comx': 'any',
  'other.example.com.evil.test': 'any',
  'xexample.com': 'any',
  '[::1]:80': 'any',
  '': 'any',
}

describe('a request is for the API of', async () => {
  for (const [host, expected] of Object.entries(asked)) {
    test(`"${domains[expected]}" with the Host "${host}"`, async () => {
      assert.equal(await answeredBy(host, '/api/'), expected)
    })
  }

  test('a pattern, and then of any host, where the API of the host itself does not listen on its path', async () => {
    assert.equal(await answeredBy('api.example.com', '/only-wildcard/'), 'wildcard')
    assert.equal(await answeredBy('api.example.com', '/only-any/'), 'any')
  })
})

async function answeredBy(host: string, path: string): Promise<string> {
  await using upstream = await startUpstream(async ({ receive, answer, request }) => {
    await receive()
    await answer(200, [], request.target.split('/')[1])
  })
  const api = (name: string, domain: string, listen_path: string) =>
    definition(`${upstream.url}/${name}`, { api_id: `${name}${listen_path}`, name, domain, proxy: { listen_path } })
  await using gateway = await startGateway({
    definitions: {
      ...Object.fromEntries(Object.entries(domains).map(([name, domain]) => [`${name}.json`, api(name, domain, '/api/')])),
      'y.json': api('wildcard', domains.wildcard, '/only-wildcard/'),
      'z.json': api('any', '', '/only-any/'),
    },
    config: { enable_custom_domains: true },
  })
  assert.deepEqual(gateway.report.failed, [])
  return (await exchange(gateway.port, formatRequest(`GET ${path}`, [`Host: ${host}`]))).text
}

test('domains that are for the same hosts may not have the same listen path', async () => {
  const api = (api_id: string, domain: string) => definition('http://upstream.test', { api_id, domain })
  await using gateway = await startGateway({
    definitions: {
      '1.json': api('one', '*.Example.com'),
      '2.json': api('two', '{tenant}.example.com'),
      '3.json': api('three', '{a:[0-9]+}.example.com'),
      '4.json': api('four', '{b:[0-9]+}.example.com'),
    },
    config: { enable_custom_domains: true },
  })
  assert.deepEqual(
    gateway.report.failed.map(({ apiId }) => apiId),
    ['two', 'four'],
  )
  assert.match(gateway.report.failed[0]?.error.message ?? '', /"\/api\/" on the domain "\*\.example\.com" is the listen path of/)
})

test('a domain is a host name, with placeholders for labels or parts of them', () => {
  const read = (domain: string) => parseHostPattern(domain).text
  assert.equal(read('API.example.com'), 'api.example.com')
  assert.equal(read('{Name}.Example.com'), '*.example.com')
  assert.equal(read('{x:\\D+}-{y:[a-z]{2}}.example.com'), '{_:\\D+}-{_:[a-z]{2}}.example.com')
  for (const wrong of [
    '*',
    '{any}',
    '',
    'example.com:80',
    'a*.example.com',
    '-a.example.com',
    'a.example.com.',
    'a b',
    'ex{ample.com',
    '{x:(}.test',
    '{1}.test',
    'http://a.test',
  ]) {
    assert.throws(() => read(wrong), SyntaxError, wrong)
  }
})
