import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import type { LogOutput } from './log-writer.ts'

const STDOUT = 1
/** What a pipe takes whole or not at all, so that lines of several processes stay whole (POSIX wants 512; Linux has this). */
const PIPE_BUF = 4096
const FILE_CHUNK = 65_536

/**
 * Standard output as the log needs it: a pipe that nobody reads must not block, so that it is opened anew where the system
 * lets us, for whoever shares the one that there is may set it back. A file, a device or a terminal is written to as it is.
 */
export function standardOutput(): LogOutput {
  // Else Node would end the process over what fails there, whoever else writes to it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const isStream = isPipeOrSocket()
  const fd = isStream ? unblocked() : STDOUT
  return {
    fd,
    chunk: isStream ? PIPE_BUF : FILE_CHUNK,
    write: (bytes) => writeSync(fd, bytes),
    complain: (text) => {
      try {
        process.stderr.write(`${text}\n`)
      } catch {
        // There is nobody left to tell.
      }
    },
  }
}

function isPipeOrSocket(): boolean {
  try {
    const found = fstatSync(STDOUT)
    return found.isFIFO() || found.isSocket()
  } catch {
    return false
  }
}

function unblocked(): number {
  try {
    return openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    // A socket, another system, or somebody else's pipe. Node makes the one there is non-blocking when it is first used.
    return STDOUT
  }
}
