/** How a store is doing. */
export interface StoreStatus {
  readonly type: 'memory' | 'sqlite' | 'redis'
  /** `warn`: something was lost or is late; `fail`: nothing can be stored. */
  readonly status: 'pass' | 'warn' | 'fail'
  /** What is wrong. */
  readonly output?: string
  /** How many writes were promised, or owed, and are lost. */
  readonly lostWrites: number
}
