/** A use of something that is shared. */
export interface Lease<T> {
  readonly value: T
  /** Gives it back; to be called once. */
  release(): Promise<void>
}

/** Things that several users share: made for the first one who asks, closed after the last one. */
export class Counted<T> {
  readonly #entries = new Map<string, { readonly value: T; users: number }>()
  readonly #close: (value: T) => void | Promise<void>

  constructor(close: (value: T) => void | Promise<void>) {
    this.#close = close
  }

  open(key: string, make: () => T): Lease<T> {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0 }
    entry.users += 1
    this.#entries.set(key, entry)
    return { value: entry.value, release: () => this.#release(key) }
  }

  async #release(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    if (!entry) return
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(key)
    await this.#close(entry.value)
  }
}
