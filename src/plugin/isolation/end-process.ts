import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'

/** The exit status of a gateway that could not end one of its workers: start it anew. */
export const UNKILLABLE_STATUS = 86

/**
 * Ends the process at once, worker or no worker: `process.exit` would wait for the thread. Another program in this
 * one's place takes all threads with it, and has a status of its own.
 */
export function endProcess(log: Logger, plugin: string, reason: string): void {
  const { code, message } = failure('worker_unkillable', { plugin, reason })
  log.fatal({ code }, `${message}; ending the process with status ${UNKILLABLE_STATUS}`)
  log.flush()
  process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${UNKILLABLE_STATUS})`], {})
  process.kill(process.pid, 'SIGKILL')
}
