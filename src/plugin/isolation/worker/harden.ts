import v8 from 'node:v8'
import workerThreads from 'node:worker_threads'
import { failure } from '../../../errors.ts'

/** Of the real `process`, what reaches beyond this thread or around its permissions. */
const OF_PROCESS = ['abort', 'dlopen', 'execve', 'kill', '_kill', '_debugProcess', '_debugEnd', 'binding', '_linkedBinding']

/**
 * Takes from this thread what Node's permissions leave: ways to signal or end the process, to change V8 for all threads,
 * SQLite, which opens any file, and the reading of files that it needed to load itself.
 */
export function harden(plugin: string, readsToDrop: readonly string[]): void {
  for (const method of OF_PROCESS) refuse(plugin, process, 'process', method)
  refuse(plugin, v8, 'v8', 'setFlagsFromString')
  const sqlite = process.getBuiltinModule('node:sqlite')
  for (const member of ['DatabaseSync', 'Database', 'backup']) refuse(plugin, sqlite, 'sqlite', member)
  // It holds the code and the counter that the gateway watches.
  Object.assign(workerThreads, { workerData: null })
  for (const path of readsToDrop) process.permission.drop('fs.read', path)
}

function refuse(plugin: string, owner: object, ownerName: string, member: string): void {
  if (!Reflect.has(owner, member)) return
  // No arrow function: `new` is to tell the same.
  function refused(): never {
    throw failure('worker_call_refused', { plugin, call: `${ownerName}.${member}` })
  }
  // A getter, since the artifact's own `process` is a proxy that has another value under some of these names.
  Object.defineProperty(owner, member, { get: () => refused, configurable: false })
}
