import type { SecureContext, SecureContextOptions, SecureVersion } from 'node:tls'
import { HostTable, hostName } from '../router/host-table.ts'

/** How TLS is spoken with clients. */
export interface ListenerTls {
  readonly minVersion: SecureVersion
  /** null: the newest there is. */
  readonly maxVersion: SecureVersion | null
  /** OpenSSL's names; none: what Node has for a default. */
  readonly ciphers: readonly string[]
}

/** A certificate with its chain and its key, in PEM, and the same as node has it for a handshake. */
export interface Identity {
  readonly cert: string
  readonly key: string
  readonly context: SecureContext
}

/** An identity and the domains that it is for: host names or patterns, as definitions write them. */
export interface IdentityUse {
  readonly domains: readonly string[]
  readonly identity: Identity
}

/** Which certificate each host gets. Immutable; a reload makes another. */
export class Certificates {
  readonly #byHost = new HostTable<Identity>()
  /** For clients that name no host, or one that no certificate is for. */
  readonly fallback: Identity

  /** @param uses where two are for the same domain, the first counts */
  constructor(fallback: Identity, uses: readonly IdentityUse[]) {
    this.fallback = fallback
    for (const { domains, identity } of uses) {
      for (const domain of domains) this.#byHost.open(domain, () => identity)
    }
  }

  /** @param serverName what the client asks for (SNI, RFC 6066 §3) */
  contextFor(serverName: string): SecureContext {
    return (this.#byHost.find(hostName(serverName), (identity) => identity) ?? this.fallback).context
  }

  /** What a server speaks TLS with where a client names no host. */
  defaults({ minVersion, maxVersion, ciphers }: ListenerTls): SecureContextOptions {
    const { cert, key } = this.fallback
    return {
      cert,
      key,
      minVersion,
      ...(maxVersion !== null && { maxVersion }),
      ...(ciphers.length > 0 && { ciphers: ciphers.join(':') }),
    }
  }
}
