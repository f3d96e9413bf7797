import { Counted, type Lease } from '../../upstream/counted.ts'
import type { Breaker } from './breaker.ts'

/** The breakers of a gateway: one stays as it is across reloads, as long as its rule does. */
export class Breakers {
  readonly #breakers = new Counted<Breaker>(() => {})

  open(key: string, make: () => Breaker): Lease<Breaker> {
    return this.#breakers.open(key, make)
  }
}
