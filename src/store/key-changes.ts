type Listener = (key: string | undefined) => void

/** Who wants to know of changed sessions; see `SessionStore.onChange`. */
export class KeyChanges {
  readonly #listeners = new Set<Listener>()

  add(listener: Listener): () => void {
    // One of its own each time: the same function may be given twice.
    const own: Listener = (key) => listener(key)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(key: string | undefined): void {
    for (const listener of this.#listeners) listener(key)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
