import { failure } from '../../errors.ts'
import type { KeyValue } from '../../plugin/contract/kv.ts'
import type { Session } from '../../plugin/contract/session.ts'
import { toJsonText } from '../json-text.ts'
import type { SessionStore, Store } from '../store.ts'
import { ExpiringTexts } from './expiring-texts.ts'

const SWEEP_INTERVAL_MS = 1000
/** Entries per sweep: well under a millisecond of the event loop. */
const SWEEP_LIMIT = 1000

export interface MemoryStoreOptions {
  /** The time in milliseconds; `Date.now` unless given. */
  clock?: () => number
}

/** A store that lives as long as the process. Values are kept as JSON text: what a caller holds is never what is stored. */
export async function openMemoryStore({ clock = Date.now }: MemoryStoreOptions = {}): Promise<Store> {
  const texts = new ExpiringTexts(clock)
  const sweeper = setInterval(() => texts.sweep(SWEEP_LIMIT), SWEEP_INTERVAL_MS).unref()
  let closed = false

  const opened = () => {
    if (closed) throw failure('store_closed', undefined)
    return texts
  }
  return {
    sessions: sessionsIn(opened),
    kv: (namespace) => keyValueIn(opened, namespace),
    async close() {
      closed = true
      clearInterval(sweeper)
      texts.clear()
    },
  }
}

/** Gives the entries, or throws once the store is closed. */
type Opened = () => ExpiringTexts

/** JSON, because a joined key would let one space reach into another. */
function entryKey(...path: string[]): string {
  return JSON.stringify(path)
}

function parsed<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : JSON.parse(text)
}

function sessionsIn(opened: Opened): SessionStore {
  const entry = (key: string) => entryKey('session', key)
  return {
    async get(key) {
      return parsed<Session>(opened().get(entry(key)))
    },
    async set(key, session, { ttl } = {}) {
      opened().set(entry(key), toJsonText(key, session), ttl)
    },
    async delete(key) {
      return opened().delete(entry(key))
    },
  }
}

function keyValueIn(opened: Opened, namespace: string): KeyValue {
  const entry = (key: string) => entryKey('kv', namespace, key)
  return {
    async get<T>(key: string) {
      return parsed<T>(opened().get(entry(key)))
    },
    async set(key, value, { ttl } = {}) {
      opened().set(entry(key), toJsonText(key, value), ttl)
    },
    async delete(key) {
      opened().delete(entry(key))
    },
    async increment(key, by = 1, { ttl } = {}) {
      return Number(opened().update(entry(key), ttl, (text = '0') => String(sum(key, text, by))))
    },
  }
}

/** Whole numbers only, so that a sum is exact in every store. */
function sum(key: string, text: string, by: number): number {
  const found: unknown = JSON.parse(text)
  const total = Number.isSafeInteger(found) && Number.isSafeInteger(by) ? (found as number) + by : Number.NaN
  if (!Number.isSafeInteger(total)) throw failure('store_increment_invalid', { key, found: text, by })
  return total
}
