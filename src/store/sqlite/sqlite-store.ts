import { failure } from '../../errors.ts'
import type { Counters } from '../counters.ts'
import { localNotices } from '../local-notices.ts'
import { guardedCache, guardedCounters } from '../memory/guarded.ts'
import { MemoryCache } from '../memory/memory-cache.ts'
import { MemoryCounters } from '../memory/memory-counters.ts'
import type { Store } from '../store.ts'
import { DatabaseThread } from './database-thread.ts'
import { SqliteHealth } from './sqlite-health.ts'
import { sqliteKeyValue } from './sqlite-key-value.ts'
import { SqliteQuotas } from './sqlite-quotas.ts'
import { SqliteSessions } from './sqlite-sessions.ts'

const SWEEP_INTERVAL_MS = 1_000
const PURGE_INTERVAL_MS = 60_000

export interface SqliteStoreOptions {
  /** The database's file. It is made where there is none, and so is its folder. */
  readonly file: string
  /** What cached responses may take together, in bytes. */
  readonly cacheBytes: number
  /** Is told once when writes begin to fail, and with `null` when they no longer do. */
  readonly onTrouble: (error: Error | null) => void
  /** The time in Unix milliseconds; `Date.now` unless given. */
  readonly clock?: () => number
}

/**
 * A store in one file. Sessions are on the disk when a call that changes them is answered; what plugins keep is soon after, and so
 * are quotas, which are counted in memory. Rates and the cache are in memory alone.
 *
 * @throws `store_not_opened`
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { clock = Date.now } = options
  const health = new SqliteHealth(options)
  const thread = await DatabaseThread.open({
    file: options.file,
    onCommit: (reason, lost) => health.note(reason, lost),
  })
  const spent = new Set<string>()
  const counters = new MemoryCounters(clock, spent)
  const quotas = await SqliteQuotas.open({ thread, counters, spent, clock, onFailure: (error) => health.fail(error) })
  const cache = new MemoryCache({ maxBytes: options.cacheBytes, clock })
  let closed: Promise<void> | null = null
  const opened = () => {
    if (closed) throw failure('store_closed', undefined)
    return thread
  }
  const sessions = new SqliteSessions(opened, clock)
  const timers = [
    setInterval(() => {
      for (const part of [counters, cache, sessions]) part.sweep()
    }, SWEEP_INTERVAL_MS).unref(),
    setInterval(() => thread.call('purge', clock()).catch((error) => health.fail(error)), PURGE_INTERVAL_MS).unref(),
  ]
  const close = async () => {
    for (const timer of timers) clearInterval(timer)
    sessions.clear()
    cache.clearAll()
    await quotas.close()
    await thread.close()
    counters.clear()
  }
  const quotaCounters: Counters = {
    ...guardedCounters(() => opened() && counters),
    resetQuota: async (key) => opened() && quotas.reset(key),
  }
  return {
    sessions,
    counters: quotaCounters,
    cache: guardedCache(() => opened() && cache),
    notices: localNotices(opened),
    kv: (namespace) => sqliteKeyValue(opened, namespace, clock),
    status: () => health.status(thread.end !== null),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}
