import type { CacheStore } from '../cache-store.ts'
import type { Counters } from '../counters.ts'

/** Counters that `opened` is asked for at each call: it throws once the store is closed. */
export function guardedCounters(opened: () => Counters): Counters {
  return {
    take: (key, rule, now) => opened().take(key, rule, now),
    reset: (key) => opened().reset(key),
    spend: (key, rule, now) => opened().spend(key, rule, now),
    peekQuota: (key, now) => opened().peekQuota(key, now),
    resetQuota: (key) => opened().resetQuota(key),
  }
}

/** A cache that `opened` is asked for at each call: it throws once the store is closed. */
export function guardedCache(opened: () => CacheStore): CacheStore {
  return {
    get: (namespace, key) => opened().get(namespace, key),
    set: (namespace, key, value, options) => opened().set(namespace, key, value, options),
    delete: (namespace, key) => opened().delete(namespace, key),
    clear: (namespace) => opened().clear(namespace),
  }
}
