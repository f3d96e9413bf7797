/** How many entries are looked at in one go at least: well under a millisecond of the event loop. */
const LEAST = 1000
/** A map is gone round in so many goes at most, so that it cannot grow faster than it is swept. */
const ROUND = 30

/** Drops from a map what nobody will ask for again, a part of it each time, going on where the last time stopped. */
export class Sweep<Key, Value> {
  readonly #map: Map<Key, Value>
  readonly #isOver: (value: Value) => boolean
  readonly #drop: (key: Key) => void
  #unswept: Iterator<[Key, Value]>

  constructor(map: Map<Key, Value>, isOver: (value: Value) => boolean, drop: (key: Key) => void = (key) => map.delete(key)) {
    this.#map = map
    this.#isOver = isOver
    this.#drop = drop
    this.#unswept = map.entries()
  }

  go(limit = Math.max(LEAST, Math.ceil(this.#map.size / ROUND))): void {
    for (let looked = 0; looked < limit; looked++) {
      const { done, value } = this.#unswept.next()
      if (done) {
        this.#unswept = this.#map.entries()
        return
      }
      if (this.#isOver(value[1])) this.#drop(value[0])
    }
  }
}
