import type { Debugger } from 'node:inspector'

/**
 * The code of a thread that ends the process when its main thread has been busy for too long, and says where: a
 * verdict on file descriptor 3. It runs as the text of this function: it may use nothing from outside, and no named
 * function inside, for which a bundler that keeps names would call its own.
 */
export function watchMainThread(): void {
  const { workerData: limit } = process.getBuiltinModule('node:worker_threads')
  const { Session } = process.getBuiltinModule('node:inspector')
  const { writeSync } = process.getBuiltinModule('node:fs')

  setTimeout(() => {
    const session = new Session()
    session.connectToMainThread()
    session.on('Debugger.paused', ({ params: { callFrames } }: { params: Debugger.PausedEventDataType }) => {
      const stack = callFrames.map(
        ({ functionName, url, location: { lineNumber, columnNumber = 0 } }) =>
          `    at ${functionName} (${url}:${lineNumber + 1}:${columnNumber + 1})`,
      )
      writeSync(3, JSON.stringify({ outcome: 'hung', stack: stack.join('\n') }))
      process.kill(process.pid, 'SIGKILL')
    })
    session.post('Debugger.enable')
    session.post('Debugger.pause')
    // A loop that V8 has optimised may never look up.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000)
  }, limit)
}
