/** Tokens that must not let anybody in, whatever they say of the key that they want to be checked with. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { ecPair, edPair, type Issuer, rsaPair, seconds, sign, startIssuer } from './issuer.ts'

const good = rsaPair()
const second = rsaPair()
const ofAttacker = rsaPair()
const weak = rsaPair(1024)
const curve = ecPair()
const edwards = edPair()
const secret = Buffer.from('a secret of no less than 32 bytes')

const claims = { sub: 'alice', exp: seconds(600) }
const encoded = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const hmacToken = (header: object | string, key: string | Buffer, payload: object = claims) => {
  const signed = `${encoded(header)}.${encoded(payload)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
const unsigned = (header: object | string, signature = '') => `${encoded(header)}.${encoded(claims)}.${signature}`
const signed = (header: object = {}, key = good.privateKey) => sign(claims, key, { alg: 'RS256', kid: 'good', ...header })

/** Each attack on an API whose tokens are signed by RSA, with the keys `good` and `second` behind a URL. */
const attacks: Record<string, (evil: Issuer) => string | Promise<string>> = {
  'alg none': () => unsigned({ alg: 'none', kid: 'good' }),
  'alg none without a signature part': () => unsigned({ alg: 'none', kid: 'good' }).slice(0, -1),
  'alg None': () => unsigned({ alg: 'None', kid: 'good' }),
  'alg NONE': () => unsigned({ alg: 'NONE', kid: 'good' }),
  'alg nOnE with a signature': () => unsigned({ alg: 'nOnE', kid: 'good' }, 'AAAA'),
  'no alg': () => unsigned({ kid: 'good' }),
  'alg as a list': () => unsigned({ alg: ['RS256'], kid: 'good' }, 'AAAA'),
  'alg as null': () => unsigned({ alg: null, kid: 'good' }),
  'alg twice, the last one none': () => unsigned('{"alg":"RS256","kid":"good","alg":"none"}'),
  'alg in lower case': async () => (await signed()).replace(/^[^.]+/, encoded({ alg: 'rs256', kid: 'good' })),
  'HS256 with the public key as the secret': () =>
    hmacToken({ alg: 'HS256', kid: 'good' }, good.publicKey.export({ type: 'spki', format: 'pem' })),
  'HS256 with the public key in PKCS#1': () =>
    hmacToken({ alg: 'HS256', kid: 'good' }, good.publicKey.export({ type: 'pkcs1', format: 'pem' })),
  'HS256 with the public key in DER': () =>
    hmacToken({ alg: 'HS256', kid: 'good' }, good.publicKey.export({ type: 'spki', format: 'der' })),
  'HS256 with the modulus as the secret': () =>
    hmacToken({ alg: 'HS256', kid: 'good' }, Buffer.from(good.jwk.n ?? '', 'base64url')),
  'HS256 with the published symmetric key': () => hmacToken({ alg: 'HS256', kid: 'symmetric' }, secret),
  'HS256 with an empty secret': () => hmacToken({ alg: 'HS256', kid: 'good' }, ''),
  'RS256 with the published symmetric key': () => hmacToken({ alg: 'RS256', kid: 'symmetric' }, secret),
  'ES256 with the published curve key': () => sign(claims, curve.privateKey, { alg: 'ES256', kid: 'curve' }),
  'EdDSA with the published key': () => sign(claims, edwards.privateKey, { alg: 'EdDSA', kid: 'edwards' }),
  'RS256 with the kid of a curve key': () => signed({ kid: 'curve' }),
  'ES256 without a signature to speak of': () => unsigned({ alg: 'ES256', kid: 'curve' }, Buffer.alloc(64).toString('base64url')),
  'a key of somebody else': () => signed({}, ofAttacker.privateKey),
  'a key of somebody else, and a kid of theirs': () => signed({ kid: 'evil' }, ofAttacker.privateKey),
  'a key of somebody else, and no kid': () => signed({ kid: undefined }, ofAttacker.privateKey),
  'a key that is known, with the kid of another': () => signed({ kid: 'second' }),
  'no kid, where several keys could be meant': () => signed({ kid: undefined }),
  'an empty kid': () => signed({ kid: '' }),
  'a kid that is no text': () => signed({ kid: ['good'] }),
  'a kid that is a file': () => hmacToken({ alg: 'HS256', kid: '../../../../dev/null' }, ''),
  'a kid that is a URL': ({ url }) => signed({ kid: url }, ofAttacker.privateKey),
  'a kid with SQL': () => hmacToken({ alg: 'HS256', kid: "x' UNION SELECT 'secret" }, 'secret'),
  'a key in the header (jwk)': () => signed({ jwk: ofAttacker.jwk }, ofAttacker.privateKey),
  'a key in the header (jwk), and no kid': () => signed({ kid: undefined, jwk: ofAttacker.jwk }, ofAttacker.privateKey),
  'a URL in the header (jku)': ({ url }) => signed({ jku: url, kid: 'evil' }, ofAttacker.privateKey),
  'a URL in the header (jku), with a kid that is known': ({ url }) => signed({ jku: url }, ofAttacker.privateKey),
  'a URL in the header (x5u)': ({ url }) => signed({ x5u: url }, ofAttacker.privateKey),
  'a certificate in the header (x5c)': () => signed({ x5c: [encoded('no certificate')] }, ofAttacker.privateKey),
  'a key for encryption': () => signed({ kid: 'encryption' }, second.privateKey),
  'a key for another algorithm': () => signed({ kid: 'pss only' }, second.privateKey),
  'a key that is too short': () => {
    // No library signs with it: that it is refused before is what counts.
    return unsigned({ alg: 'RS256', kid: 'weak' }, Buffer.alloc(128).toString('base64url'))
  },
  'no signature': async () => (await signed()).replace(/[^.]+$/, ''),
  'two parts': async () => (await signed()).replace(/\.[^.]+$/, ''),
  'a signature of another token': async () => {
    const [, , signature] = (await sign({ sub: 'mallory' }, good.privateKey, { alg: 'RS256', kid: 'good' })).split('.')
    return (await signed()).replace(/[^.]+$/, signature as string)
  },
  'other claims under a signature': async () => (await signed()).replace(/\.[^.]+\./, `.${encoded({ ...claims, sub: 'root' })}.`),
  'another header over a signature': async () => (await signed()).replace(/^[^.]+/, encoded({ alg: 'RS512', kid: 'good' })),
  'a signature that is cut': async () => (await signed()).slice(0, -8),
  'a critical extension that nobody knows': async () => {
    const header = { alg: 'RS256', kid: 'good', crit: ['own'], own: 1 }
    return (await signed()).replace(/^[^.]+/, encoded(header))
  },
  'a payload that is not encoded': async () => {
    const header = { alg: 'RS256', kid: 'good', crit: ['b64'], b64: false }
    return (await signed()).replace(/^[^.]+/, encoded(header))
  },
  'five parts, as of an encrypted token': () => `${encoded({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: 'good' })}.a.b.c.d`,
  'claims that are a list': () => sign([claims], good.privateKey, { alg: 'RS256', kid: 'good' }),
  'claims that are no JSON': async () => {
    const { CompactSign } = await import('jose')
    return await new CompactSign(Buffer.from('{')).setProtectedHeader({ alg: 'RS256', kid: 'good' }).sign(good.privateKey)
  },
  'an exp that is a text': () => sign({ ...claims, exp: String(seconds(600)) }, good.privateKey, { alg: 'RS256', kid: 'good' }),
  'no JWT at all': () => 'key-one',
  'a very long one': () => `${'A'.repeat(6000)}.${'A'.repeat(1000)}.A`,
}

describe('a token that is not signed by whom the API trusts lets nobody in', () => {
  let stage: Stage
  let issuer: Issuer
  let evil: Issuer

  before(async () => {
    evil = await startIssuer([{ ...ofAttacker.jwk, kid: 'evil', use: 'sig' }])
    issuer = await startIssuer([
      { ...good.jwk, kid: 'good', use: 'sig' },
      { ...second.jwk, kid: 'second', alg: 'RS256' },
      { ...second.jwk, kid: 'encryption', use: 'enc' },
      { ...second.jwk, kid: 'pss only', alg: 'PS256' },
      { ...weak.jwk, kid: 'weak' },
      { ...curve.jwk, kid: 'curve' },
      { ...edwards.jwk, kid: 'edwards' },
      { kty: 'oct', k: secret.toString('base64url'), kid: 'symmetric', alg: 'HS256' },
      { kty: 'RSA', kid: 'broken' },
    ])
    stage = await openStage({
      policies: ['users'],
      definition: {
        use_keyless: false,
        enable_jwt: true,
        jwt_signing_method: 'rsa',
        jwt_source: issuer.url,
        jwt_default_policies: ['users'],
      },
    })
  })
  after(async () => {
    for (const one of [stage, issuer, evil]) await one?.[Symbol.asyncDispose]()
  })

  const ask = (token: string) =>
    exchange(stage.port, `GET /api/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)

  test('one that is gets in, by either key and with either kind of padding', async () => {
    for (const token of [
      await signed(),
      await signed({ kid: 'second' }, second.privateKey),
      await signed({ alg: 'PS256' }),
      await signed({ alg: 'PS256', kid: 'pss only' }, second.privateKey),
    ]) {
      const { status, text } = await ask(token)
      assert.equal(status, 200, text)
    }
  })

  for (const [name, attack] of Object.entries(attacks)) {
    test(name, async () => {
      const before = stage.upstream.requests.length
      const { status, text } = await ask(await attack(evil))
      assert.equal(status, 403, text)
      assert.match(text, /"error": "Key not authorized(: Unexpected signing method)?"/)
      assert.equal(stage.upstream.requests.length, before, 'the upstream is not reached')
    })
  }

  test('an algorithm of another method is named as the reason', async () => {
    assert.match((await ask(unsigned({ alg: 'none' }))).text, /Unexpected signing method/)
    assert.match((await ask(hmacToken({ alg: 'HS256' }, secret))).text, /Unexpected signing method/)
  })

  test('nobody was asked for keys whom a token named', () => {
    assert.equal(evil.requests, 0)
  })
})

/** What tokens are signed with and what an API takes, where the two do not fit. */
describe('a token of another method lets nobody in', () => {
  const pem = (pair: { publicKey: typeof good.publicKey }) =>
    Buffer.from(pair.publicKey.export({ type: 'spki', format: 'pem' })).toString('base64')
  const p384 = ecPair('P-384')
  const rows: [method: string, source: string, token: () => string | Promise<string>, status: number][] = [
    ['hmac', secret.toString('base64'), () => hmacToken({ alg: 'HS256' }, secret), 200],
    ['hmac', secret.toString('base64'), () => hmacToken({ alg: 'HS256' }, ''), 403],
    ['hmac', secret.toString('base64'), () => hmacToken({ alg: 'HS256' }, secret.toString('base64')), 403],
    ['hmac', secret.toString('base64'), () => signed({ kid: undefined }), 403],
    ['hmac', secret.toString('base64'), () => unsigned({ alg: 'none' }), 403],
    ['rsa', pem(good), () => signed({ kid: 'any: there is one key' }), 200],
    ['rsa', pem(good), () => hmacToken({ alg: 'HS256' }, good.publicKey.export({ type: 'spki', format: 'pem' })), 403],
    ['ecdsa', pem(curve), () => sign(claims, curve.privateKey, { alg: 'ES256' }), 200],
    ['ecdsa', pem(curve), () => unsigned({ alg: 'ES256' }, Buffer.alloc(64).toString('base64url')), 403],
    ['ecdsa', pem(curve), () => unsigned({ alg: 'ES384' }, Buffer.alloc(96).toString('base64url')), 403],
    ['ecdsa', pem(curve), () => hmacToken({ alg: 'HS256' }, curve.publicKey.export({ type: 'spki', format: 'pem' })), 403],
    ['ecdsa', pem(p384), () => sign(claims, p384.privateKey, { alg: 'ES384' }), 200],
    ['ecdsa', pem(p384), () => sign(claims, curve.privateKey, { alg: 'ES256' }), 403],
    ['eddsa', pem(edwards), () => sign(claims, edwards.privateKey, { alg: 'EdDSA' }), 200],
    ['eddsa', pem(edwards), () => sign(claims, edPair().privateKey, { alg: 'EdDSA' }), 403],
    ['eddsa', pem(edwards), () => hmacToken({ alg: 'HS256' }, Buffer.from(edwards.jwk.x ?? '', 'base64url')), 403],
  ]
  const apis = new Map<string, Stage>()
  after(async () => {
    for (const stage of apis.values()) await stage[Symbol.asyncDispose]()
  })

  for (const [method, source, token, status] of rows) {
    test(`${method}: ${token.toString().slice(6)} is ${status}`, async () => {
      const stage = apis.get(source) ?? (await openApi(method, source))
      const value = await token()
      const request = `GET /api/x HTTP/1.1\r\nHost: a\r\nAuthorization: ${value}\r\nConnection: close\r\n\r\n`
      const response = await exchange(stage.port, request)
      assert.equal(response.status, status, response.text)
    })
  }

  async function openApi(method: string, source: string): Promise<Stage> {
    const stage = await openStage({
      policies: ['users'],
      definition: {
        use_keyless: false,
        enable_jwt: true,
        jwt_signing_method: method,
        jwt_source: source,
        jwt_default_policies: ['users'],
      },
    })
    apis.set(source, stage)
    return stage
  }
})
