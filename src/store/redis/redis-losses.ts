import { failure, isFailure } from '../../errors.ts'
import type { StoreStatus } from '../status.ts'
import type { RedisLink } from './redis-link.ts'

/** For how long a refusal of Redis' counts as a trouble: it may have run out of memory, for one. */
const REFUSAL_MS = 60_000

/** What could not be written, and how the store is doing. */
export class RedisLosses {
  #writes = 0
  #refusedAt = Number.NEGATIVE_INFINITY

  /** A write is lost. */
  count(error: unknown, writes = 1): void {
    this.#writes += writes
    this.note(error)
  }

  /** Something went wrong; whatever it was to do is done otherwise. */
  note(error: unknown): void {
    if (isFailure(error, 'store_failed')) this.#refusedAt = performance.now()
  }

  /** @param servesOn whether requests are served while Redis is away */
  status(link: RedisLink, servesOn: boolean): StoreStatus {
    const lost = { type: 'redis', lostWrites: this.#writes } as const
    if (!link.isThere) {
      const { client: output } = failure('redis_unavailable', undefined)
      return { ...lost, status: servesOn && link.wasThere ? 'warn' : 'fail', output }
    }
    if (performance.now() - this.#refusedAt > REFUSAL_MS) return { ...lost, status: 'pass' }
    return { ...lost, status: 'warn', output: failure('store_unwritable', undefined).client }
  }
}
