import { failure } from '../../errors.ts'
import type { KeyValue } from '../../plugin/contract/kv.ts'
import type { Session } from '../../plugin/contract/session.ts'
import { toJsonText } from '../json-text.ts'
import { Listeners } from '../listeners.ts'
import { localNotices } from '../local-notices.ts'
import type { SessionStore, Store } from '../store.ts'
import { sum } from '../sum.ts'
import { ExpiringTexts } from './expiring-texts.ts'
import { guardedCache, guardedCounters } from './guarded.ts'
import { MemoryCache } from './memory-cache.ts'
import { MemoryCounters } from './memory-counters.ts'

const SWEEP_INTERVAL_MS = 1000

export interface MemoryStoreOptions {
  /** The time in Unix milliseconds; `Date.now` unless given. */
  readonly clock?: () => number
  /** What cached responses may take together, in bytes. Default 67108864 (64 MB). */
  readonly cacheBytes?: number
}

/** A store that lives as long as the process. Values are kept as JSON text: what a caller holds is never what is stored. */
export async function openMemoryStore({ clock = Date.now, cacheBytes = 67_108_864 }: MemoryStoreOptions = {}): Promise<Store> {
  const parts: Parts = {
    sessions: new ExpiringTexts(clock),
    values: new ExpiringTexts(clock),
    changes: new Listeners<string | undefined>(),
    counters: new MemoryCounters(clock),
    cache: new MemoryCache({ maxBytes: cacheBytes, clock }),
  }
  const swept = [parts.sessions, parts.values, parts.counters, parts.cache]
  const sweeper = setInterval(() => {
    for (const part of swept) part.sweep()
  }, SWEEP_INTERVAL_MS).unref()
  let closed = false

  const opened = () => {
    if (closed) throw failure('store_closed', undefined)
    return parts
  }
  return {
    sessions: sessionsIn(opened),
    counters: guardedCounters(() => opened().counters),
    cache: guardedCache(() => opened().cache),
    notices: localNotices(opened),
    kv: (namespace) => keyValueIn(opened, namespace),
    status: () => ({ type: 'memory', status: 'pass', lostWrites: 0 }),
    async close() {
      closed = true
      clearInterval(sweeper)
      parts.sessions.clear()
      parts.values.clear()
      parts.changes.clear()
      parts.counters.clear()
      parts.cache.clearAll()
    },
  }
}

interface Parts {
  readonly sessions: ExpiringTexts
  readonly values: ExpiringTexts
  readonly changes: Listeners<string | undefined>
  readonly counters: MemoryCounters
  readonly cache: MemoryCache
}

/** Gives what the store holds, or throws once it is closed. */
type Opened = () => Parts

function parsed<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : JSON.parse(text)
}

function sessionsIn(opened: Opened): SessionStore {
  return {
    async get(key) {
      return parsed<Session>(opened().sessions.get(key))
    },
    async set(key, session, { ttl } = {}) {
      const { sessions, changes } = opened()
      sessions.set(key, toJsonText(key, session), ttl)
      changes.tell(key)
    },
    async delete(key) {
      const { sessions, changes } = opened()
      const found = sessions.delete(key)
      if (found) changes.tell(key)
      return found
    },
    async keys({ prefix = '' } = {}) {
      return opened().sessions.keys(prefix)
    },
    onChange: (listener) => opened().changes.add(listener),
  }
}

function keyValueIn(opened: Opened, namespace: string): KeyValue {
  /** JSON, because a joined key would let one space reach into another. */
  const entry = (key: string) => JSON.stringify([namespace, key])
  return {
    async get<T>(key: string) {
      return parsed<T>(opened().values.get(entry(key)))
    },
    async set(key, value, { ttl } = {}) {
      opened().values.set(entry(key), toJsonText(key, value), ttl)
    },
    async delete(key) {
      opened().values.delete(entry(key))
    },
    async increment(key, by = 1, { ttl } = {}) {
      return Number(opened().values.update(entry(key), ttl, (text = '0') => String(sum(key, text, by))))
    },
  }
}
