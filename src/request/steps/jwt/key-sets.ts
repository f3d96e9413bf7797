import { Agent } from 'undici'
import type { Logger } from '../../../log.ts'
import { fetchJwks } from './fetch-jwks.ts'
import { KeySet } from './key-set.ts'

export interface KeySetsOptions {
  /** How long keys are used before they are fetched anew, unless an API says otherwise, in milliseconds. */
  readonly timeoutMs: number
  /** The least time between two attempts, in milliseconds. */
  readonly intervalMs: number
  readonly log: Logger
}

/** The key sets of a gateway by their URLs: they outlive a reload, so that keys are at hand even if their server is not. */
export class KeySets {
  readonly timeoutMs: number
  readonly #options: KeySetsOptions
  readonly #sets = new Map<string, { readonly set: KeySet; users: number }>()
  readonly #closing = new AbortController()
  #agent: Agent | null = null

  constructor(options: KeySetsOptions) {
    this.timeoutMs = options.timeoutMs
    this.#options = options
  }

  /** The keys behind a URL, which are fetched beforehand. Each call needs one of {@link release}. */
  open(url: string): KeySet {
    const entry = this.#sets.get(url) ?? this.#add(url)
    entry.users += 1
    return entry.set
  }

  release(url: string): void {
    const entry = this.#sets.get(url)
    if (!entry) return
    entry.users -= 1
    if (entry.users === 0) this.#sets.delete(url)
  }

  #add(url: string): { set: KeySet; users: number } {
    const { intervalMs, log } = this.#options
    this.#agent ??= new Agent()
    const agent = this.#agent
    const closing = this.#closing.signal
    const { origin, pathname } = new URL(url)
    const fetch = () => fetchJwks(url, agent, closing)
    const set = new KeySet({ name: origin + pathname, fetch, intervalMs, closing, log })
    const entry = { set, users: 0 }
    this.#sets.set(url, entry)
    void set.refetch()
    return entry
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#agent?.destroy()
  }
}
