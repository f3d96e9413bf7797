import type { SecureVersion } from 'node:tls'

/** What is asked of an upstream's certificate and connection. */
export interface TlsSettings {
  /** Any certificate does, whoever signed it and whatever it is for. */
  readonly insecure: boolean
  /** The certificate's common name has to be the host's, also where any certificate does. */
  readonly commonName: boolean
  /** null: what Node has for a default. */
  readonly minVersion: SecureVersion | null
  readonly maxVersion: SecureVersion | null
  /** OpenSSL's names; none: what Node has for a default. */
  readonly ciphers: readonly string[]
  /** PEM text of the authorities that certificates have to be signed by; null: those that Node knows. */
  readonly authorities: string | null
}

/** What differs from host to host: by `host:port`, `host`, `*.domain` or `*`, the first of them that is there. */
export type ByHost<T> = ReadonlyMap<string, T>

export function ofHost<T>(map: ByHost<T>, { hostname, port }: URL): T | undefined {
  const domain = hostname.slice(hostname.indexOf('.') + 1)
  for (const key of [`${hostname}:${port || 443}`, hostname, `*.${domain}`, '*']) {
    const found = map.get(key)
    if (found !== undefined) return found
  }
  return undefined
}

/** What an API asks, and where it asks nothing, what the gateway does. */
export function mergeTls(own: TlsSettings, gateway: TlsSettings): TlsSettings {
  return {
    insecure: own.insecure || gateway.insecure,
    commonName: own.commonName || gateway.commonName,
    minVersion: own.minVersion ?? gateway.minVersion,
    maxVersion: own.maxVersion ?? gateway.maxVersion,
    ciphers: own.ciphers.length > 0 ? own.ciphers : gateway.ciphers,
    authorities: own.authorities ?? gateway.authorities,
  }
}
