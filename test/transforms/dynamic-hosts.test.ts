import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerEcho } from '../harness/answer-echo.ts'
import { startGateway } from '../harness/gateway.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const definition = {
  name: 'Tenants',
  api_id: 'tenants',
  use_keyless: true,
  enable_context_vars: true,
  proxy: { listen_path: '/tenants/', target_url: 'http://127.0.0.1:1/', strip_listen_path: true },
  version_data: {
    not_versioned: true,
    versions: {
      Default: {
        name: 'Default',
        use_extended_paths: true,
        extended_paths: {
          url_rewrites: [
            { path: '/port/', method: 'GET', match_pattern: '/port/(\\d+)(/.*)', rewrite_to: 'http://127.0.0.1:$1$2' },
            { path: '/url', method: 'GET', match_pattern: '', rewrite_to: '$tyk_context.headers_X_Url/more?a=b' },
          ],
        },
      },
    },
  },
}

const request = (path: string, headers: readonly string[] = []) =>
  Buffer.from(['GET', ` ${path} HTTP/1.1`, '\r\nHost: gateway\r\n', ...headers.map((line) => `${line}\r\n`), '\r\n'].join(''))

test('a request may choose among hosts, where the definition lets it', async () => {
  await using one = await startUpstream(answerEcho)
  await using two = await startUpstream(answerEcho)
  await using gateway = await startGateway({ definitions: { 'tenants.json': definition } })
  const port = (url: string) => new URL(url).port
  for (const upstream of [one, two, one]) {
    const response = await exchange(gateway.port, request(`/tenants/port/${port(upstream.url)}/a/b?c=d`))
    assert.equal(response.status, 200, response.text)
    assert.equal(upstream.requests.at(-1)?.target, '/a/b?c=d')
  }
  const url = await exchange(gateway.port, request('/tenants/url', [`X-Url: ${two.url}/base`]))
  assert.equal(url.status, 200)
  assert.equal(two.requests.at(-1)?.target, '/base/more?a=b')

  // A host is no place for anything else, however it is written.
  for (const value of [`http://user:pass@127.0.0.1:${port(one.url)}`, 'http://', 'http://[', 'https://a b']) {
    const refused = await exchange(gateway.port, request('/tenants/url', [`X-Url: ${value}`]))
    assert.equal(refused.status, 400, value)
  }
  await gateway.reload()
  const after = await exchange(gateway.port, request(`/tenants/port/${port(one.url)}/again`))
  assert.equal(after.status, 200)
  assert.equal(one.requests.at(-1)?.target, '/again')
})
