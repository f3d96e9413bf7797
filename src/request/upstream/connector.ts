import { createHash, type X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import { failure } from '../../errors.ts'
import { connectThrough } from './connect-through.ts'
import type { Connect, ConnectionOptions, PeerOptions } from './connections.ts'

/** Suites of TLS 1.3, which a list that has none of them says nothing about. */
const TLS_13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

/**
 * How connections to an origin are opened.
 *
 * @throws what OpenSSL says about certificates and ciphers that it cannot use
 */
export function openConnector(options: ConnectionOptions): Connect {
  const { origin, timeoutMs, peer, through } = options
  if (!origin.startsWith('https:')) return buildConnector({ timeout: timeoutMs })
  const connect = openTlsConnector(timeoutMs, peer)
  return through === null ? connect : connectThrough(through, timeoutMs, connect)
}

function openTlsConnector(timeoutMs: number, peer: PeerOptions): Connect {
  const build = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    secureContext: createSecureContext(contextOptions(peer)),
    rejectUnauthorized: !peer.tls.insecure,
  })
  const checked = peer.tls.commonName || peer.pins.length > 0
  return (options, connected) => {
    // An address is no server name (RFC 6066 §3).
    const servername = isIP(options.hostname) === 0 ? options.hostname : ''
    build({ ...options, servername }, (error, socket) => {
      const problem = error ?? (checked ? problemOf(socket as TLSSocket, options.hostname, peer) : null)
      if (!problem) {
        connected(null, socket as Socket)
        return
      }
      socket?.destroy()
      connected(problem, null)
    })
  }
}

function contextOptions({ tls, certificate }: PeerOptions) {
  const { minVersion, maxVersion, ciphers, authorities } = tls
  const named13 = ciphers.some((name) => TLS_13.includes(name))
  return {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(ciphers.length > 0 && { ciphers: [...(named13 ? [] : TLS_13), ...ciphers].join(':') }),
    ...(authorities !== null && { ca: authorities }),
    ...(certificate !== null && { cert: certificate, key: certificate }),
  }
}

/** What is wrong with the peer of a connection that TLS has let through. */
function problemOf(socket: TLSSocket, hostname: string, { tls, pins }: PeerOptions): Error | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return failure('upstream_tls_failed', { reason: 'the upstream has shown no certificate' })
  const found = commonNameOf(certificate)
  if (tls.commonName && found !== hostname) {
    const reason = `the common name of its certificate is "${found}", expected "${hostname}"`
    return failure('upstream_tls_failed', { reason })
  }
  const pin = fingerprintOf(certificate)
  return pins.length === 0 || pins.includes(pin) ? null : failure('upstream_pin_mismatch', { host: hostname, found: pin })
}

function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? ''
}

/** SHA-256 of the certificate's public key (SubjectPublicKeyInfo), in base64. */
function fingerprintOf({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
