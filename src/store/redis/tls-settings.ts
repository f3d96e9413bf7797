import { readFile } from 'node:fs/promises'
import type { SecureVersion } from 'node:tls'
import type { RedisSettings } from '../settings.ts'

/** What a TLS connection is made with, as PEM. */
export interface TlsSettings {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
}

/** Reads the files anew for each connection, so that a certificate can be replaced. `null` without TLS. */
export async function readTls(settings: RedisSettings): Promise<TlsSettings | null> {
  if (!settings.use_ssl) return null
  const { ca_file, cert_file, key_file, tls_min_version: min, tls_max_version: max } = settings
  const [ca, cert, key] = await Promise.all([ca_file, cert_file, key_file].map((file) => (file === '' ? null : readFile(file))))
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(min !== '' && { minVersion: `TLSv${min === '1.0' ? '1' : min}` as SecureVersion }),
    ...(max !== '' && { maxVersion: `TLSv${max === '1.0' ? '1' : max}` as SecureVersion }),
  }
}
