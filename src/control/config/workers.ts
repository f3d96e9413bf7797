import { randomBytes } from 'node:crypto'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from './schema.ts'

/** How many processes are to serve, and how they come by their store. */
export interface Workers {
  readonly workers: number
  /** Where the process that has their store may listen, in order; empty if each opens it for itself. */
  readonly storePaths: readonly string[]
}

export function workersOf({ workers: wanted, storage, data_path }: Pick<Config, 'workers' | 'storage' | 'data_path'>): Workers {
  const workers = wanted === 'auto' ? availableParallelism() : wanted
  if (workers === 1 || storage.type === 'redis') return { workers, storePaths: [] }
  // A name that nobody has: what is left of a process that was killed is in nobody's way.
  const name = `postern-store-${randomBytes(6).toString('hex')}.sock`
  return { workers, storePaths: [join(data_path, name), join(tmpdir(), name)] }
}
