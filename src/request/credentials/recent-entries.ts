/** What an entry needs so that one in use can be told from one that is not. */
export interface Recent {
  /** Until when it holds, in Unix milliseconds. */
  readonly until: number
  /** Whether it was asked for since it was last looked at. */
  used: boolean
}

/**
 * A bounded map. Where there is no more room, the oldest entry that nobody has asked for lately goes: a second chance costs less
 * at each hit than order by use would.
 */
export class RecentEntries<E extends Recent> {
  readonly #entries = new Map<string, E>()
  readonly #most: number
  readonly #onDrop: (name: string, entry: E) => void

  constructor(most: number, onDrop: (name: string, entry: E) => void) {
    this.#most = most
    this.#onDrop = onDrop
  }

  get size(): number {
    return this.#entries.size
  }

  get(name: string, now: number): E | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    if (entry.until <= now) {
      this.delete(name)
      return undefined
    }
    entry.used = true
    return entry
  }

  set(name: string, entry: E): void {
    this.delete(name)
    while (this.#entries.size >= this.#most) this.#makeRoom()
    this.#entries.set(name, entry)
  }

  delete(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    this.#entries.delete(name)
    this.#onDrop(name, entry)
  }

  clear(): void {
    for (const name of [...this.#entries.keys()]) this.delete(name)
  }

  #makeRoom(): void {
    for (const [name, entry] of this.#entries) {
      if (!entry.used) {
        this.delete(name)
        return
      }
      entry.used = false
      this.#entries.delete(name)
      this.#entries.set(name, entry)
    }
  }
}
