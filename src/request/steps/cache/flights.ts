/** Requests that are under way to the upstream for the cache: who wants the same waits for the one that went first. */
export class Flights {
  readonly #underWay = new Map<string, Promise<void>>()

  /** Settles when the first one has come to an end; undefined where nobody is on the way. */
  of(key: string): Promise<void> | undefined {
    return this.#underWay.get(key)
  }

  /** Takes off as the first one. */
  begin(key: string): Flight {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#underWay.set(key, promise)
    return {
      land: () => {
        if (this.#underWay.get(key) === promise) this.#underWay.delete(key)
        resolve()
      },
    }
  }
}

/** The request that went first. */
export interface Flight {
  /** Lets those that wait go on: the response is in the cache, or will not be. May be called again. */
  land(): void
}
