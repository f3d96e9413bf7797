import type * as z from 'zod'
import type { TlsSettings } from '../../request/upstream/tls-settings.ts'
import { opensslCipher } from '../tls/cipher-names.ts'
import { readCertificates } from '../tls/read-pem.ts'
import { tlsVersion } from '../tls/tls-version.ts'
import type { configSchema } from './schema.ts'

/**
 * Reads what is asked of every upstream's certificate and connection.
 *
 * @param folder what the names of files are relative to
 * @param problems receives what is wrong
 */
export async function readUpstreamTls(
  settings: z.infer<typeof configSchema>,
  folder: string,
  problems: string[],
): Promise<TlsSettings> {
  const { proxy_ssl_min_version: min, proxy_ssl_max_version: max, proxy_ssl_ca_file: file } = settings
  if (max > 0 && min > max)
    problems.push(`proxy_ssl_max_version: expected at least "proxy_ssl_min_version" (${min}), found ${max}`)
  const pem = file === '' ? null : await readCertificates(file, folder)
  if (pem && 'problem' in pem) problems.push(`proxy_ssl_ca_file: ${pem.problem}`)
  return {
    insecure: settings.proxy_ssl_insecure_skip_verify,
    commonName: false,
    minVersion: tlsVersion(min),
    maxVersion: tlsVersion(max),
    ciphers: settings.proxy_ssl_ciphers.flatMap((name) => opensslCipher(name) ?? []),
    authorities: pem && 'text' in pem ? pem.text : null,
  }
}
