import { resolve } from 'node:path'
import { isFailure } from '../../errors.ts'
import type { Identity } from '../../request/listener/certificates.ts'
import { readIdentity } from '../tls/read-identity.ts'
import type { Findings } from './findings.ts'
import type { DefinitionFields } from './schema.ts'

interface CertificateOptions {
  readonly confFolder: string
  readonly useSsl?: boolean
}

const field = ['certificates']

/** Reads the certificate for an API's domain; null where it has none, or none that would be shown. */
export async function readCertificate(
  { certificates }: DefinitionFields,
  domain: string,
  { confFolder, useSsl = false }: CertificateOptions,
  findings: Findings,
): Promise<Identity | null> {
  const [name, ...others] = certificates
  if (name === undefined) return null
  if (others.length > 0) {
    findings.addProblem(
      field,
      `expected one file, with the certificate, those that it is signed by, and its key, found ${certificates.length}`,
    )
    return null
  }
  const idle = useSsl
    ? domain === ''
      ? 'the API listens on every host'
      : ''
    : '"http_server_options.use_ssl" is false in gateway.conf'
  if (idle !== '') {
    findings.addWarning(field, `ignored, because ${idle}`)
    return null
  }
  const file = resolve(confFolder, name)
  findings.noteFile()
  try {
    return await readIdentity(file, file)
  } catch (error) {
    if (!isFailure(error, 'certificate_unusable')) throw error
    findings.addProblem([...field, 0], `${error.message}, both in one file, relative to the folder of gateway.conf`)
    return null
  }
}
