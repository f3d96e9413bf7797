/**
 * A small shared state for plugins, backed by the gateway's Store: it outlives a reload, and on a fleet with Redis it
 * is the same on every node. Keys of one plugin are not visible to another.
 */
export interface KeyValue {
  /** The value stored under `key`, or `undefined`. Values are JSON. */
  get<T = unknown>(key: string): Promise<T | undefined>
  /** Stores a JSON value. `ttl` is in seconds; without it the value stays. */
  set(key: string, value: unknown, options?: { ttl?: number }): Promise<void>
  delete(key: string): Promise<void>
  /** Adds `by` (default 1) atomically and returns the new number. A missing key counts from 0; `ttl` (seconds) is set when the key is made. */
  increment(key: string, by?: number, options?: { ttl?: number }): Promise<number>
}

function outsideOfAGateway(): never {
  throw new Error('kv is available inside a gateway only; give the plugin a stand-in in unit tests')
}

/** The loader puts the Store's own in its place. */
export const kv: KeyValue = {
  get: outsideOfAGateway,
  set: outsideOfAGateway,
  delete: outsideOfAGateway,
  increment: outsideOfAGateway,
}
