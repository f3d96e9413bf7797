import type { Api } from '../request/chain/api.ts'
import type { ApiDirectory } from '../request/chain/arrival.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { IdentityUse } from '../request/listener/certificates.ts'
import type { World } from '../request/listener/reception.ts'
import { Router } from '../request/router/router.ts'
import type { CompiledApi } from './compile-api.ts'
import type { Definition } from './definition/definition.ts'

/** Who is told of every request that has ended. */
export type Observer = (exchange: Exchange) => void

/** A name as loops compare it: without categories, case, and what no host could be called (`Orders v2 #internal`, `orders-v2`). */
function plainName(name: string): string {
  const [own = ''] = name.split(' #', 1)
  return own.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

/**
 * The immutable world that requests run in. A reload builds another; this one is released when the last request that
 * started in it has ended.
 */
export class Snapshot implements World {
  readonly router: Router<Api>
  readonly hosts: boolean
  readonly apis: readonly CompiledApi[]
  /** The certificates that definitions name for their domains. */
  readonly certificates: readonly IdentityUse[]
  readonly directory: ApiDirectory
  readonly #observer: Observer | null
  #inside = 0
  #retired: (() => void) | null = null

  constructor(apis: readonly CompiledApi[], options: { strict: boolean; observer: Observer | null }) {
    this.apis = apis
    this.router = new Router({ strict: options.strict })
    for (const compiled of apis) {
      compiled.retain()
      if (!compiled.loaded.definition.internal) this.router.add(compiled.api)
    }
    const byName = new Map(apis.map(({ api }) => [plainName(api.name), api]))
    const byId = new Map(apis.map(({ api }) => [api.id, api]))
    this.directory = { find: (idOrName) => byId.get(idOrName) ?? byName.get(plainName(idOrName)) }
    this.certificates = apis.flatMap(({ loaded: { definition } }) => certificateOf(definition) ?? [])
    this.hosts = apis.some(({ api }) => api.domain !== '')
    this.#observer = options.observer
  }

  /** A world without APIs, as before the first load. */
  static empty(): Snapshot {
    return new Snapshot([], { strict: true, observer: null })
  }

  /** How many requests are inside. */
  get inside(): number {
    return this.#inside
  }

  enter(): void {
    this.#inside += 1
  }

  leave(exchange: Exchange): void {
    this.#observer?.(exchange)
    this.#inside -= 1
    if (this.#inside === 0) this.#retired?.()
  }

  /** Waits for the requests inside, then gives everything back. Nothing may enter any more. */
  async retire(): Promise<void> {
    if (this.#inside > 0) {
      await new Promise<void>((resolve) => {
        this.#retired = resolve
      })
    }
    await Promise.all(this.apis.map((api) => api.release()))
  }
}

function certificateOf({ domain, certificate }: Definition): IdentityUse | null {
  return certificate && { domains: [domain], identity: certificate }
}
