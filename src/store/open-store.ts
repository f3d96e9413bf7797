import { join } from 'node:path'
import type { Logger } from '../log.ts'
import type { StoreSettings } from './settings.ts'
import type { Store } from './store.ts'

export interface OpenStoreOptions {
  readonly settings: StoreSettings
  /** The folder of what the gateway itself keeps, absolute. */
  readonly folder: string
  readonly log: Logger
  /** Where another process has the store for several workers. This one opens it itself unless given. */
  readonly shared?: { readonly path: string; readonly workers: number } | undefined
}

/**
 * Opens the store that the configuration names. The code of the others is not loaded.
 *
 * @throws `store_not_opened`
 */
export async function openStore({ settings, folder, log, shared }: OpenStoreOptions): Promise<Store> {
  const onTrouble = (error: Error | null) => logTrouble(log, error)
  const { type, cache_max_size: cacheBytes, on_outage: onOutage } = settings
  if (shared) {
    const { openProcessStore } = await import('./process/process-store.ts')
    return openProcessStore({ ...shared, type, onOutage, cacheBytes, onTrouble })
  }
  switch (type) {
    case 'memory': {
      const { openMemoryStore } = await import('./memory/memory-store.ts')
      return openMemoryStore({ cacheBytes })
    }
    case 'sqlite': {
      const { openSqliteStore } = await import('./sqlite/sqlite-store.ts')
      return openSqliteStore({ file: join(folder, 'store.db'), cacheBytes, onTrouble })
    }
    case 'redis': {
      const { openRedisStore } = await import('./redis/redis-store.ts')
      return openRedisStore({ settings, cacheBytes, onTrouble })
    }
  }
}

function logTrouble(log: Logger, error: Error | null): void {
  if (error) log.error({ err: error }, error.message)
  else log.info('The store is well again')
}
