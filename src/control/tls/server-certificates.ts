import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { Certificates, type IdentityUse } from '../../request/listener/certificates.ts'
import { parseHostPattern } from '../../request/router/host-pattern.ts'
import type { ReloadFailure } from '../reload.ts'
import { type ReadIdentity, readIdentity } from './read-identity.ts'

/** A certificate of gateway.conf. */
export interface CertificateFiles {
  /** The domain that it is for; '' means those that it names itself. */
  readonly domain: string
  /** Absolute. */
  readonly certFile: string
  readonly keyFile: string
}

interface Held {
  readonly files: CertificateFiles
  readonly identity: ReadIdentity
}

/** The certificates of gateway.conf, in use as long as there is no newer version of their files that can be used. */
export class ServerCertificates {
  readonly #all: readonly CertificateFiles[]
  readonly #log: Logger
  #held: readonly Held[] = []

  constructor(all: readonly CertificateFiles[], log: Logger) {
    this.#all = all
    this.#log = log
  }

  /**
   * Reads all of them. What cannot be used leaves the version before it, and is reported.
   *
   * @throws `certificate_unusable` if there is no version before it
   */
  async load(): Promise<ReloadFailure[]> {
    const failures: ReloadFailure[] = []
    const held: Held[] = []
    for (const [i, files] of this.#all.entries()) {
      const { certFile, keyFile } = files
      try {
        held.push({ files, identity: await readIdentity(certFile, keyFile) })
      } catch (error) {
        const before = this.#held[i]
        if (!before) throw error
        held.push(before)
        failures.push({ kind: 'certificate', file: certFile, apiId: null, error: error as Error, kept: true })
        this.#log.error({ err: error, file: certFile }, `${textOf(error)}; the certificate before it stays in use`)
      }
    }
    this.#held = held
    this.#warnOfExpiry()
    return failures
  }

  /** All of them, behind those that are for more in particular. */
  with(particular: readonly IdentityUse[]): Certificates {
    const own = this.#held.map(({ files: { domain }, identity }) => ({
      domains: domain === '' ? readable(identity.names) : [domain],
      identity,
    }))
    const [first] = this.#held as readonly [Held]
    return new Certificates(first.identity, [...particular, ...own])
  }

  #warnOfExpiry(): void {
    for (const { files, identity } of this.#held) {
      if (identity.validTo.getTime() >= Date.now()) continue
      const details = { file: files.certFile, since: identity.validTo.toISOString() }
      this.#log.warn(failure('certificate_expired', details).message)
    }
  }
}

/** A certificate may have names that no host has. */
function readable(names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      parseHostPattern(name)
      return true
    } catch {
      return false
    }
  })
}
