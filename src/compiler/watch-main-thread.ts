import type { Debugger, InspectorNotification } from 'node:inspector'

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
    const names = new Map<string, string>()
    session.on('Debugger.scriptParsed', ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
      names.set(params.scriptId, params.url)
    })
    session.on('Debugger.paused', ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
      const frames = params.callFrames.map(({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }) => {
        return `    at ${functionName} (${names.get(scriptId)}:${lineNumber + 1}:${columnNumber + 1})`
      })
      writeSync(3, JSON.stringify({ outcome: 'hung', stack: frames.join('\n') }))
      process.kill(process.pid, 'SIGKILL')
    })
    session.post('Debugger.enable')
    session.post('Debugger.pause')
    // A loop that V8 has optimised may never look up.
    setTimeout(() => {
      writeSync(3, '{"outcome":"hung","stack":""}')
      process.kill(process.pid, 'SIGKILL')
    }, 2000)
  }, limit)
}
