import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { endCrashed } from '../crash-record.ts'
import type { PluginOwner } from '../owner.ts'

/** The exit status of a gateway without a supervisor that could not end one of its workers: start it anew. */
export const UNKILLABLE_STATUS = 86

/**
 * Ends the process at once, worker or no worker: `process.exit` would wait for the thread. A supervisor is told whom to
 * blame, and starts another. Without one, another program in this one's place takes all threads with it, and has a status
 * of its own.
 */
export function endProcess(log: Logger, { name: plugin, script }: PluginOwner, reason: string): void {
  const { code, message } = failure('worker_unkillable', { plugin, reason })
  const supervised = process.connected
  log.fatal({ code }, `${message}; ending the process${supervised ? '' : ` with status ${UNKILLABLE_STATUS}`}`)
  log.flush()
  if (supervised) endCrashed({ plugin, script, file: '', line: 0, reason, at: new Date().toISOString() })
  process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${UNKILLABLE_STATUS})`], {})
  process.kill(process.pid, 'SIGKILL')
}
