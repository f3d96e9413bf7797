import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import type { Store } from '../store.ts'
import { StoreServer } from './store-server.ts'

/**
 * Serves a store at the first of several places where that can be done: a name may be too long for a socket, its folder read-only, its
 * file system without sockets.
 *
 * @param paths names of this gateway alone: what is there is left over from a process before this one
 * @throws `store_process_unreachable`; the store is closed then
 */
export async function listenAnywhere(store: Store, paths: readonly string[]): Promise<{ server: StoreServer; path: string }> {
  const problems: string[] = []
  for (const path of paths) {
    try {
      await mkdir(dirname(path)).catch(() => {})
      await rm(path, { force: true })
      return { server: await StoreServer.listen(store, path), path }
    } catch (error) {
      problems.push(`"${path}": ${textOf(error)}`)
    }
  }
  await store.close()
  throw failure('store_process_unreachable', { problems })
}
