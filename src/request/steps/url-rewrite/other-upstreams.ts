import type { Exchange } from '../../chain/exchange.ts'
import type { Upstream } from '../../upstream/upstream.ts'

/** An upstream that is given back when it is no longer needed. */
export interface OpenUpstream {
  readonly upstream: Upstream
  close(): Promise<void>
}

interface Entry extends OpenUpstream {
  /** How many requests under way may use it. */
  users: number
  /** It is no longer kept, and closes with its last user. */
  dropped: boolean
}

/** The hosts that rewrites lead to, each opened for the first request. Clients may choose them: only the latest few are kept. */
export class OtherUpstreams {
  readonly #open: (origin: URL) => OpenUpstream
  readonly #most: number
  /** By origin, the one that was used last at the end. */
  readonly #entries = new Map<string, Entry>()

  constructor(open: (origin: URL) => OpenUpstream, most: number) {
    this.#open = open
    this.#most = most
  }

  /** The upstream of an origin, kept open for as long as the request is under way. */
  for(origin: string, exchange: Exchange): Upstream {
    const entry = this.#entries.get(origin) ?? { ...this.#open(new URL(origin)), users: 0, dropped: false }
    this.#entries.delete(origin)
    this.#entries.set(origin, entry)
    this.#dropOldest()
    entry.users += 1
    const leave = () => {
      entry.users -= 1
      if (entry.dropped && entry.users === 0) void entry.close()
    }
    const connection = exchange.upgrade?.socket ?? exchange.outgoing
    if (exchange.gone) leave()
    else connection.once('close', leave)
    return entry.upstream
  }

  #dropOldest(): void {
    for (const [origin, entry] of this.#entries) {
      if (this.#entries.size <= this.#most) return
      this.#entries.delete(origin)
      entry.dropped = true
      if (entry.users === 0) void entry.close()
    }
  }

  /** Closes what is kept. Nothing may use it any more. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map((entry) => entry.close()))
  }
}
