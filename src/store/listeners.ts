type Listener<T> = (word: T) => void

/** Who wants to be told. */
export class Listeners<T> {
  readonly #listeners = new Set<Listener<T>>()

  /** @returns ends the calls */
  add(listener: Listener<T>): () => void {
    // One of its own each time: the same function may be given twice.
    const own: Listener<T> = (word) => listener(word)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(word: T): void {
    for (const listener of this.#listeners) listener(word)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
