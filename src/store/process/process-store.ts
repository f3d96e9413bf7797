import { failure } from '../../errors.ts'
import type { CacheStore } from '../cache-store.ts'
import { Listeners } from '../listeners.ts'
import { guardedCache } from '../memory/guarded.ts'
import { MemoryCache } from '../memory/memory-cache.ts'
import { MemoryCounters } from '../memory/memory-counters.ts'
import type { Notice, Notices } from '../notices.ts'
import type { StoreStatus } from '../status.ts'
import type { Store } from '../store.ts'
import type { Word } from './operations.ts'
import { OwedSpendings } from './owed-spendings.ts'
import { ProcessCounters } from './process-counters.ts'
import { processKeyValue } from './process-key-value.ts'
import { ProcessSessions } from './process-sessions.ts'
import { StoreLink } from './store-link.ts'

const SWEEP_INTERVAL_MS = 1_000

export interface ProcessStoreOptions {
  /** The socket on which the process with the store listens. */
  readonly path: string
  readonly type: StoreStatus['type']
  /** How many workers share the store. */
  readonly workers: number
  readonly onOutage: 'allow' | 'deny'
  /** What cached responses may take together, in bytes, in all workers. */
  readonly cacheBytes: number
  /** Is told when the process goes away, and with `null` when it is back. */
  readonly onTrouble: (error: Error | null) => void
  /** The time in Unix milliseconds; `Date.now` unless given. */
  readonly clock?: () => number
}

/**
 * A store that another process has, for workers that share it. Cached responses are this worker's own; all else is that
 * process's. While it is away, calls fail at once, or make do with what this worker knows.
 */
export async function openProcessStore(options: ProcessStoreOptions): Promise<Store> {
  const { type, onOutage, workers, clock = Date.now } = options
  const listeners = new Listeners<Notice | null>()
  const cache = new MemoryCache({ maxBytes: Math.floor(options.cacheBytes / workers), clock })
  const own = new MemoryCounters(clock)
  let status: StoreStatus = { type, status: 'pass', lostWrites: 0 }
  let lostWrites = 0
  let closed: Promise<void> | null = null
  const onLost = () => void lostWrites++

  const onWord = (word: Word) => {
    if (word.type === 'status') status = word.status
    else if (word.type === 'session') sessions.changed(word.key ?? undefined)
    else if (word.type === 'cache') cache.clear(word.namespace)
    else if (word.type === 'notice') listeners.tell(word.notice)
  }
  const onTrouble = (error: Error | null) => {
    options.onTrouble(error)
    if (error) sessions.changed(undefined)
    else {
      // Words may have been missed.
      cache.clearAll()
      sessions.forget()
      void owed.pay()
      listeners.tell(null)
    }
  }
  const link = new StoreLink({ path: options.path, onWord, onTrouble })
  const owed = new OwedSpendings({ link, onLost })
  const opened = () => {
    if (closed) throw failure('store_closed', undefined)
    return link
  }
  const sessions = new ProcessSessions({ link: opened, clock, heldInOutage: onOutage === 'allow', onLost })
  const sweeper = setInterval(() => {
    for (const part of [own, cache, sessions]) part.sweep()
  }, SWEEP_INTERVAL_MS).unref()
  const close = async () => {
    clearInterval(sweeper)
    await link.close()
    sessions.clear()
    listeners.clear()
    cache.clearAll()
    own.clear()
  }
  await link.open()
  return {
    sessions,
    counters: new ProcessCounters({ link: opened, own, owed, workers, onOutage }),
    cache: cacheOf(opened, cache),
    notices: noticesOf(opened, listeners),
    kv: (namespace) => processKeyValue({ namespace, link: opened, clock, onLost }),
    status: () => statusOf(link, { ...status, lostWrites: status.lostWrites + lostWrites }, onOutage),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** Responses are kept by each worker for itself, and dropped in all of them. */
function cacheOf(link: () => StoreLink, cache: MemoryCache): CacheStore {
  return {
    ...guardedCache(() => link() && cache),
    async clear(namespace) {
      await link().call('clearCache', namespace)
    },
  }
}

function noticesOf(link: () => StoreLink, listeners: Listeners<Notice | null>): Notices {
  return {
    async publish(notice) {
      await link().call('publish', notice)
    },
    subscribe(listener) {
      link()
      return listeners.add(listener)
    },
  }
}

function statusOf(link: StoreLink, known: StoreStatus, onOutage: 'allow' | 'deny'): StoreStatus {
  if (link.isThere) return known
  const { client: output } = failure('store_unavailable', undefined)
  return { ...known, status: onOutage === 'allow' && link.wasThere ? 'warn' : 'fail', output }
}
