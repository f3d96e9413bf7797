/** Values that several users have in common: made for the first one who asks, closed after the last one. */
export class Counted<T> {
  readonly #entries = new Map<string, { readonly value: T; users: number }>()
  readonly #close: (value: T) => void | Promise<void>

  constructor(close: (value: T) => void | Promise<void>) {
    this.#close = close
  }

  /** The value of a key; every call is one user more. */
  open(key: string, make: () => T): T {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0 }
    entry.users += 1
    this.#entries.set(key, entry)
    return entry.value
  }

  /** One user less. */
  async release(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    if (!entry) return
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(key)
    await this.#close(entry.value)
  }
}
