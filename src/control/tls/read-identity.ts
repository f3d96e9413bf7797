import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { failure, textOf } from '../../errors.ts'
import type { Identity } from '../../request/listener/certificates.ts'

/** An identity, and what is to be known of its certificate. */
export interface ReadIdentity extends Identity {
  /** The host names and patterns that the certificate itself is for. */
  readonly names: readonly string[]
  readonly validTo: Date
}

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/

/**
 * Reads a certificate, with those that it is signed by behind it, and its key.
 *
 * @param keyFile the file of the key; the same as `certFile` where both are in one
 * @throws `certificate_unusable`
 */
export async function readIdentity(certFile: string, keyFile: string): Promise<ReadIdentity> {
  const cert = await contentOf(certFile)
  const key = keyFile === certFile ? cert : await contentOf(keyFile)
  const refuse = (file: string, found: string) => failure('certificate_unusable', { file, found })
  const first = CERTIFICATE.exec(cert)
  if (!first) throw refuse(certFile, 'no certificate in PEM')
  const leaf = parsed(() => new X509Certificate(first[0]), certFile, 'a certificate that cannot be read')
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) throw refuse(keyFile, 'no private key in PEM')
  const privateKey = parsed(() => createPrivateKey(key), keyFile, 'a private key that cannot be read, or is encrypted')
  if (!leaf.checkPrivateKey(privateKey)) throw refuse(keyFile, `the key of another certificate than that in "${certFile}"`)
  const context = parsed(() => createSecureContext({ cert, key }), certFile, 'a certificate that TLS does not take')
  return { cert, key, context, names: namesOf(leaf), validTo: leaf.validToDate }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw failure('certificate_unusable', { file, found: missing ? 'no such file' : textOf(error) }, error)
  }
}

function parsed<T>(parse: () => T, file: string, otherwise: string): T {
  try {
    return parse()
  } catch (error) {
    throw failure('certificate_unusable', { file, found: `${otherwise} (${textOf(error)})` }, error)
  }
}

/** The names that clients compare (RFC 9525 §6.3): the common name is not one of them. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name = '']) => name)
}
