import type { Summary } from '../../query.ts'
import { Histogram } from '../histogram.ts'
import type { SeenRecord } from './seen-records.ts'

/** What records have in sum. */
export class Tally {
  #requests = 0
  #errors = 0
  readonly #total = new Histogram()
  readonly #upstream = new Histogram()

  add({ status, total, upstream }: SeenRecord): void {
    this.#requests += 1
    if (status >= 400) this.#errors += 1
    this.#total.add(total)
    if (upstream > 0) this.#upstream.add(upstream)
  }

  summary(): Summary {
    return {
      requests: this.#requests,
      errors: this.#errors,
      latency_ms: this.#total.summary(),
      upstream_ms: this.#upstream.summary(),
    }
  }
}
