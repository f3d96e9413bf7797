import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, type JWK } from 'jose'

/** A key pair, made once: RSA takes a while. */
export interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** Of the public key. */
  readonly jwk: JWK
}

export function rsaPair(bits = 2048): Pair {
  return withJwk(generateKeyPairSync('rsa', { modulusLength: bits }))
}

export function ecPair(namedCurve = 'P-256'): Pair {
  return withJwk(generateKeyPairSync('ec', { namedCurve }))
}

export function edPair(): Pair {
  return withJwk(generateKeyPairSync('ed25519'))
}

function withJwk({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Pair {
  return { privateKey, publicKey, jwk: publicKey.export({ format: 'jwk' }) as JWK }
}

/** Signs claims as they are. */
export function sign(
  claims: object,
  key: KeyObject | Uint8Array,
  header: { alg: string; [member: string]: unknown },
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).sign(key)
}

/** Unix seconds, `after` seconds from now. */
export function seconds(after = 0): number {
  return Math.floor(Date.now() / 1000) + after
}

/** Who publishes keys. */
export interface Issuer extends AsyncDisposable {
  readonly url: string
  /** What it publishes; a text is sent as it is, a number as a status. */
  answer: { keys: JWK[] } | string | number
  /** How often it was asked. */
  readonly requests: number
  /** Ends its server; the port refuses connections from then on. */
  stop(): Promise<void>
}

export async function startIssuer(keys: JWK[]): Promise<Issuer> {
  const issuer = { answer: { keys } as Issuer['answer'], requests: 0 }
  const server = createServer((_, response) => {
    issuer.requests += 1
    const { answer } = issuer
    response.statusCode = typeof answer === 'number' ? answer : 200
    response.end(typeof answer === 'object' ? JSON.stringify(answer) : String(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return Object.assign(issuer, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    stop,
    [Symbol.asyncDispose]: stop,
  })
}
