import type { QuotaRule, QuotaState, QuotaVerdict, RateRule, RateVerdict } from '../counters.ts'
import type { Notice } from '../notices.ts'
import type { StoreStatus } from '../status.ts'

/** What workers ask of the process that has the store. Sessions and values are JSON texts, times to live seconds; `null`: none. */
export interface Operations {
  take(key: string, rule: RateRule): RateVerdict
  resetRate(key: string): null
  spend(key: string, rule: QuotaRule): QuotaVerdict
  peekQuota(key: string): QuotaState | null
  resetQuota(key: string): null
  /** Counts what was spent while the store was away. `state`: what was used then, before that. */
  oweQuota(key: string, cost: number, state: QuotaState): null
  getSession(key: string): string | null
  setSession(key: string, text: string, ttl: number | null): null
  deleteSession(key: string): boolean
  sessionKeys(prefix: string): string[]
  getValue(namespace: string, key: string): string | null
  setValue(namespace: string, key: string, text: string, ttl: number | null): null
  deleteValue(namespace: string, key: string): null
  increment(namespace: string, key: string, by: number, ttl: number | null): number
  /** Has every worker drop the responses that it keeps for an API. */
  clearCache(namespace: string): null
  publish(notice: Notice): null
}

export type OperationName = keyof Operations

/** Answered when every worker has dealt with what it was told of them: what is acknowledged is in force everywhere. */
export const coherent: ReadonlySet<OperationName> = new Set<OperationName>([
  'setSession',
  'deleteSession',
  'clearCache',
  'publish',
])

/** From a worker: a call; or, with the number 0, that it has dealt with what it was told up to a number. */
export type FromWorker = readonly [id: number, name: OperationName, ...args: unknown[]] | readonly [id: 0, heard: number]

/** To a worker: the result of a call, or why it failed; or, with the number 0, a word with a number of its own. */
export type ToWorker =
  | readonly [id: number, result: unknown]
  | readonly [id: number, result: null, failed: Failed]
  | readonly [id: 0, number: number, word: Word]

export interface Failed {
  readonly code: string
  readonly message: string
}

/** What workers are told. */
export type Word =
  /** The first word, and again whenever the status is another: how the store is doing. It has no number. */
  | { readonly type: 'status'; readonly status: StoreStatus }
  /** The store is there, although an answer takes long. It has no number. */
  | { readonly type: 'alive' }
  /** A session was set or deleted; `null`: any may have been. */
  | { readonly type: 'session'; readonly key: string | null }
  | { readonly type: 'cache'; readonly namespace: string }
  | { readonly type: 'notice'; readonly notice: Notice | null }
