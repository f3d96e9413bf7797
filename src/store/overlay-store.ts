import type { KeyValue } from '../plugin/contract/kv.ts'
import type { Counters } from './counters.ts'
import { openMemoryStore } from './memory/memory-store.ts'
import type { SessionStore, Store } from './store.ts'

/**
 * A store that reads what another one has, and keeps what is written to itself: the other is never changed. Rates and quotas
 * are looked at there, and not counted; nothing of its cache is seen.
 */
export async function openOverlayStore(base: Store): Promise<Store> {
  const own = await openMemoryStore()
  return {
    sessions: sessionsOver(own.sessions, base.sessions),
    counters: lookingAt(base.counters),
    cache: own.cache,
    notices: own.notices,
    kv: (namespace) => keyValueOver(own.kv(namespace), base.kv(namespace)),
    status: () => base.status(),
    close: () => own.close(),
  }
}

function sessionsOver(own: SessionStore, base: SessionStore): SessionStore {
  const gone = new Set<string>()
  const get: SessionStore['get'] = async (key) => (gone.has(key) ? undefined : ((await own.get(key)) ?? base.get(key)))
  return {
    get,
    async set(key, session, options) {
      gone.delete(key)
      await own.set(key, session, options)
    },
    async delete(key) {
      const found = (await get(key)) !== undefined
      gone.add(key)
      await own.delete(key)
      return found
    },
    async keys(options) {
      const keys = new Set([...(await own.keys(options)), ...(await base.keys(options))])
      return [...keys].filter((key) => !gone.has(key))
    },
    onChange: (listener) => own.onChange(listener),
  }
}

/** What counts nothing is only asked whether it would be let in. */
function lookingAt(base: Counters): Counters {
  return {
    take: (key, rule, now) => base.take(key, { ...rule, cost: 0 }, now),
    spend: (key, rule, now) => base.spend(key, { ...rule, cost: 0 }, now),
    peekQuota: (key, now) => base.peekQuota(key, now),
    reset: () => {},
    resetQuota: () => {},
  }
}

function keyValueOver(own: KeyValue, base: KeyValue): KeyValue {
  const gone = new Set<string>()
  const get: KeyValue['get'] = async <T>(key: string) => {
    return gone.has(key) ? undefined : ((await own.get<T>(key)) ?? (await base.get<T>(key)))
  }
  return {
    get,
    async set(key, value, options) {
      gone.delete(key)
      await own.set(key, value, options)
    },
    async delete(key) {
      gone.add(key)
      await own.delete(key)
    },
    async increment(key, by, options) {
      const value = await get(key)
      if (value !== undefined && (await own.get(key)) === undefined) await own.set(key, value)
      gone.delete(key)
      return await own.increment(key, by, options)
    },
  }
}
