/** The latest of something: when there is no room any more, the newest takes the place of the oldest. */
export class Ring<T> {
  readonly #size: number
  readonly #entries: T[] = []
  #next = 0

  /** @param size how many there may be; 0 keeps none */
  constructor(size: number) {
    this.#size = size
  }

  add(entry: T): void {
    if (this.#size === 0) return
    this.#entries[this.#next] = entry
    this.#next = (this.#next + 1) % this.#size
  }

  /** From the newest to the oldest. */
  *[Symbol.iterator](): Generator<T> {
    const { length } = this.#entries
    for (let age = 1; age <= length; age += 1) {
      yield this.#entries[(this.#next - age + length) % length] as T
    }
  }
}
