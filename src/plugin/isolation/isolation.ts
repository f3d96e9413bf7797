/** What an isolated plugin may do beyond computing. Everything else is denied. */
export interface Permissions {
  /** Open connections, listen, resolve names. All or nothing. */
  readonly net: boolean
  /** Start programs, which are then bound by nothing here. */
  readonly child_process: boolean
  /** Files and folders (with all that is in them) that may be read, absolute. */
  readonly fs_read: readonly string[]
  /** Files and folders that may be written, absolute. */
  readonly fs_write: readonly string[]
  /** Names of the gateway's environment variables that it sees. */
  readonly env: readonly string[]
}

/** How a worker is bound. */
export interface WorkerLimits {
  /** Its heap, and apart from that its buffers, in MB (2^20 bytes). */
  readonly memoryMb: number
  /** CPU time that a call may take without giving way, in milliseconds. */
  readonly cpuMs: number
  readonly permissions: Permissions
}

/** Where a plugin runs: in the gateway's own thread, or in a worker with these limits. */
export type Isolation = 'inline' | WorkerLimits

/** Equal for uses that share an instance: those of one file in one kind of place. */
export function placeOf(file: string, isolation: Isolation): string {
  return isolation === 'inline' ? `${file} inline` : `${file} ${JSON.stringify(isolation)}`
}

/**
 * What a plugin asks for (`postern.permissions` of its package.json, as its stamp has it) and is not granted, as words.
 * A list that is not empty asks for something; which paths and names, the operator knows better than the author.
 */
export function missingPermissions(asked: Readonly<Record<string, unknown>>, granted: Permissions): string[] {
  const isGranted = (name: string) => {
    const grant: unknown = Reflect.get(granted, name)
    return Array.isArray(grant) ? grant.length > 0 : grant === true
  }
  const isAsked = (wanted: unknown) => wanted !== false && wanted !== null && !(Array.isArray(wanted) && wanted.length === 0)
  return Object.keys(asked).filter((name) => isAsked(asked[name]) && !isGranted(name))
}
