/** What may go wrong with a call before its response has begun. */
export type CallFailure = 'connect' | 'reset' | 'timeout'

/** When a request is sent again, and how often. */
export interface RetryPolicy {
  /** How often at most. */
  readonly attempts: number
  readonly failures: ReadonlySet<CallFailure>
  /** Statuses of responses that are not passed on, but asked for again. */
  readonly statuses: ReadonlySet<number>
  /** How long to wait before the same target is asked again, in milliseconds; twice as long each time. */
  readonly backoffMs: number
}
