import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { s3ObjectUrl, signGet } from '../../src/plugin/bundle/s3.ts'
import { startBundleServer } from './bundle-server.ts'
import { onlyReason, openBundleStage } from './bundle-stage.ts'
import { headerPlugin, makeBundle } from './make-bundle.ts'
import { requireSignature } from './s3-server.ts'

const good = makeBundle({ files: { 'plugin.js': await headerPlugin() } })
const account = { id: 'AKID', secret: 'se/cret+key', token: 'session token', region: 'eu-central-1' }
const env = {
  AWS_ACCESS_KEY_ID: account.id,
  AWS_SECRET_ACCESS_KEY: account.secret,
  AWS_SESSION_TOKEN: account.token,
  AWS_REGION: account.region,
}
const config = { bundle_base_url: 's3://bucket/some prefix/', bundle_timeout: 1 }

describe('an s3 URL', () => {
  test('is fetched from a compatible store, by path, signed with the credentials of the environment', async () => {
    await using server = await startBundleServer({ "bucket/some prefix/it's (v1).zip": good })
    requireSignature(server, account)
    const definition = { custom_middleware_bundle: "it's (v1).zip" }
    await using stage = await openBundleStage({ server, config, definition, env: { ...env, AWS_ENDPOINT_URL_S3: server.url } })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    await stage.gateway.reload()
    const path = '/bucket/some%20prefix/it%27s%20%28v1%29.zip'
    assert.deepEqual(server.requests, [`GET ${path} 200`, `GET ${path} 304`])
  })

  const failures: Record<string, { env: NodeJS.ProcessEnv; reason: RegExp }> = {
    'the secret is wrong': {
      env: { ...env, AWS_SECRET_ACCESS_KEY: 'another' },
      reason: /from "s3:\/\/bucket\/some%20prefix\/x\.zip" failed: the server answered 403 \(SignatureDoesNotMatch\)$/,
    },
    'the region is wrong': { env: { ...env, AWS_REGION: 'us-east-2' }, reason: /answered 403 \(AuthorizationHeaderMalformed\)$/ },
    'the session is over': { env: { ...env, AWS_SESSION_TOKEN: '' }, reason: /answered 403 \(InvalidToken\)$/ },
    'the object is not there': { env, reason: /answered 404 \(NoSuchKey\)$/ },
    'there are no credentials': {
      env: {},
      reason: /^Sign a request for an s3 URL failed: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set; give the gateway/,
    },
    'the endpoint is none': {
      env: { ...env, AWS_ENDPOINT_URL_S3: 'minio:9000' },
      reason: /the endpoint is no http or https URL/,
    },
  }
  for (const [title, { env, reason }] of Object.entries(failures)) {
    test(`says why it cannot be fetched: ${title}`, async () => {
      await using server = await startBundleServer()
      requireSignature(server, account)
      await using stage = await openBundleStage({ server, config, env: { AWS_ENDPOINT_URL: server.url, ...env } })
      assert.match(onlyReason(stage.gateway), reason)
      assert.equal(await stage.fooOf(), 500)
      assert.ok(!stage.gateway.log.lines.join('\n').includes(account.secret), 'the secret is not in the log')
    })
  }

  test('is the bucket’s own host at S3, and a path where the bucket has dots', () => {
    const settings = { accessKeyId: '', secretAccessKey: '', sessionToken: '', region: 'eu-west-1', endpoint: '' }
    const cases: [string, string, string][] = [
      ['s3://bucket/a/b%20c.zip', '', 'https://bucket.s3.eu-west-1.amazonaws.com/a/b%20c.zip'],
      ['s3://my.bucket/x.zip', '', 'https://s3.eu-west-1.amazonaws.com/my.bucket/x.zip'],
      ['s3://bucket/x.zip', 'http://minio:9000/', 'http://minio:9000/bucket/x.zip'],
    ]
    for (const [url, endpoint, expected] of cases) {
      assert.equal(s3ObjectUrl(new URL(url), { ...settings, endpoint }).href, expected)
    }
  })
})

test('a signature is the one that the documentation of Signature Version 4 computes for its GET of an object', () => {
  const { authorization } = signGet(
    new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      sessionToken: '',
      region: 'us-east-1',
      endpoint: '',
    },
    new Date('2013-05-24T00:00:00Z'),
    { range: 'bytes=0-9' },
  )
  assert.equal(
    authorization,
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  )
})
