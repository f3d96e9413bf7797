/** How a store is doing. */
export interface StoreStatus {
  readonly type: 'memory' | 'sqlite' | 'redis'
  /** `warn`: requests are served, although something cannot be stored; `fail`: those that need the store are not. */
  readonly status: 'pass' | 'warn' | 'fail'
  /** What is wrong, for anybody to read. */
  readonly output?: string
  /** How many writes were promised, or owed, and are lost. */
  readonly lostWrites: number
  /** How many keys have writes that the store is to get when it is back; missing where a store owes nothing. */
  readonly owedWrites?: number
}
