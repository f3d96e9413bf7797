import { readFile } from 'node:fs/promises'
import type { RedisSettings } from '../settings.ts'

/** What a TLS connection is made with, as PEM. */
export interface TlsFiles {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** Reads the files anew for each connection, so that a certificate can be replaced. `null` without TLS. */
export async function readTls({ use_ssl: used, ca_file, cert_file, key_file }: RedisSettings): Promise<TlsFiles | null> {
  if (!used) return null
  const [ca, cert, key] = await Promise.all([ca_file, cert_file, key_file].map((file) => (file === '' ? null : readFile(file))))
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
