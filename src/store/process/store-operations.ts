import type { QuotaState } from '../counters.ts'
import type { Store } from '../store.ts'
import type { Operations } from './operations.ts'

type Promised<T> = T | Promise<T>

/** The operations on a store, of which some have the answer at hand. */
export type StoreOperations = {
  readonly [Name in keyof Operations]: (...args: Parameters<Operations[Name]>) => Promised<ReturnType<Operations[Name]>>
}

/** @param tellToClear tells every worker to drop what it keeps for an API */
export function storeOperations(store: Store, tellToClear: (namespace: string) => void): StoreOperations {
  const { sessions, counters, notices } = store
  const lasting = (ttl: number | null) => (ttl === null ? {} : { ttl })
  return {
    take: (key, rule) => counters.take(key, rule),
    resetRate: (key) => done(counters.reset(key)),
    spend: (key, rule) => counters.spend(key, rule),
    peekQuota: async (key) => (await counters.peekQuota(key)) ?? null,
    resetQuota: (key) => done(counters.resetQuota(key)),
    oweQuota: (key, cost, state) => done(owe(store, key, cost, state)),
    getSession: async (key) => textOrNull(await sessions.get(key)),
    setSession: (key, text, ttl) => done(sessions.set(key, JSON.parse(text), lasting(ttl))),
    deleteSession: (key) => sessions.delete(key),
    sessionKeys: (prefix) => sessions.keys({ prefix }),
    getValue: async (namespace, key) => textOrNull(await store.kv(namespace).get(key)),
    setValue: (namespace, key, text, ttl) => done(store.kv(namespace).set(key, JSON.parse(text), lasting(ttl))),
    deleteValue: (namespace, key) => done(store.kv(namespace).delete(key)),
    increment: (namespace, key, by, ttl) => store.kv(namespace).increment(key, by, lasting(ttl)),
    clearCache: (namespace) => {
      tellToClear(namespace)
      return null
    },
    publish: (notice) => done(notices.publish(notice)),
  }
}

async function done(work: unknown): Promise<null> {
  await work
  return null
}

function textOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** A store that was away may have forgotten what was used before; who owes knows a part of it at least. */
async function owe({ counters }: Store, key: string, cost: number, { used, renewsAtMs }: QuotaState): Promise<void> {
  const stored = (await counters.peekQuota(key))?.used ?? 0
  const renewalMs = renewsAtMs === 0 ? 0 : renewsAtMs - Date.now()
  if (renewalMs < 0) return
  const missing = Math.max(0, used - stored) + cost
  await counters.spend(key, { max: Number.MAX_SAFE_INTEGER, renewalMs: Math.ceil(renewalMs), cost: missing })
}
