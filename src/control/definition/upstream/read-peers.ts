import type { JsonPath } from '../../../json/json-path.ts'
import type { ByHost, TlsSettings } from '../../../request/upstream/tls-settings.ts'
import { cipherExpected, opensslCipher } from '../../tls/cipher-names.ts'
import { readCertificateAndKey, readCertificates } from '../../tls/read-pem.ts'
import { tlsVersion } from '../../tls/tls-version.ts'
import type { Findings } from '../findings.ts'
import type { DefinitionFields } from '../schema.ts'
import type { TransportFields } from './schema.ts'

/** The same for every API that has none of its own. */
const NONE: ByHost<never> = new Map<string, never>()

const TRANSPORT = ['proxy', 'transport']

/**
 * Reads what is asked of the upstream's certificate and connection.
 *
 * @param folder that of gateway.conf
 */
export async function readTls(transport: TransportFields, folder: string, findings: Findings): Promise<TlsSettings> {
  const { ssl_min_version: min, ssl_max_version: max, ssl_ca_file: file } = transport
  if (max > 0 && min > max) {
    findings.addProblem([...TRANSPORT, 'ssl_max_version'], `expected at least "ssl_min_version" (${min}), found ${max}`)
  }
  return {
    insecure: transport.ssl_insecure_skip_verify,
    commonName: transport.ssl_force_common_name_check,
    minVersion: tlsVersion(min),
    maxVersion: tlsVersion(max),
    ciphers: readCiphers(transport.ssl_ciphers, findings),
    authorities: file === '' ? null : await readAuthorities(file, folder, findings),
  }
}

function readCiphers(names: readonly string[], findings: Findings): string[] {
  return names.flatMap((name, i) => {
    const cipher = opensslCipher(name)
    if (cipher === null) findings.addProblem([...TRANSPORT, 'ssl_ciphers', i], `${cipherExpected}, found ${JSON.stringify(name)}`)
    return cipher ?? []
  })
}

async function readAuthorities(file: string, folder: string, findings: Findings): Promise<string | null> {
  findings.noteFile()
  const pem = await readCertificates(file, folder)
  if ('text' in pem) return pem.text
  findings.addProblem([...TRANSPORT, 'ssl_ca_file'], pem.problem)
  return null
}

/** Reads the certificates that this end shows, by host. */
export async function readClientCertificates(
  { upstream_certificates: files, upstream_certificates_disabled: disabled }: DefinitionFields,
  folder: string,
  findings: Findings,
): Promise<ByHost<string>> {
  if (disabled || Object.keys(files).length === 0) return NONE
  const found = new Map<string, string>()
  for (const [host, file] of Object.entries(files)) {
    const path: JsonPath = ['upstream_certificates', host]
    checkHost(host, path, findings)
    findings.noteFile()
    const pem = await readCertificateAndKey(file, folder)
    if ('text' in pem) found.set(host.toLowerCase(), pem.text)
    else findings.addProblem(path, pem.problem)
  }
  return found
}

/** Reads the fingerprints of the keys that upstreams may have, by host. */
export function readPins(
  { pinned_public_keys: pins, certificate_pinning_disabled: disabled }: DefinitionFields,
  findings: Findings,
): ByHost<readonly string[]> {
  if (disabled || Object.keys(pins).length === 0) return NONE
  const found = new Map<string, readonly string[]>()
  for (const [host, list] of Object.entries(pins)) {
    const path: JsonPath = ['pinned_public_keys', host]
    checkHost(host, path, findings)
    const fingerprints = list.split(',').map((text) => fingerprintOf(text.trim()))
    if (fingerprints.includes(null)) {
      const expected = 'SHA-256 fingerprints of public keys (SubjectPublicKeyInfo), in base64 or hex, with commas between'
      findings.addProblem(path, `expected ${expected}, found ${JSON.stringify(list)}`)
    }
    found.set(
      host.toLowerCase(),
      fingerprints.filter((each) => each !== null),
    )
  }
  return found
}

/** The 32 bytes in base64, however they are written; null where there are none. */
function fingerprintOf(text: string): string | null {
  const bare = text.replace(/^sha256\/{1,2}/, '')
  if (/^[0-9a-f]{64}$/i.test(bare)) return Buffer.from(bare, 'hex').toString('base64')
  return /^[A-Za-z0-9+/]{43}=$/.test(bare) ? bare : null
}

const HOST = /^(?:\*|(?:\*\.)?[a-z0-9.-]+(?::\d+)?|\[[0-9a-f:.]+\](?::\d+)?)$/i

function checkHost(host: string, path: JsonPath, findings: Findings): void {
  if (!HOST.test(host)) findings.addProblem(path, 'expected "host", "host:port", "*.domain" or "*" for a name')
}
