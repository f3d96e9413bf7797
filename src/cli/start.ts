import { url as inspectorUrl } from 'node:inspector'
import { Supervisor } from '../supervisor/supervisor.ts'
import type { Command, Io } from './io.ts'
import { readOptions } from './options.ts'

/**
 * `postern start`: serves until SIGTERM or SIGINT, in a worker process that is replaced should it die. A second signal ends it
 * at once. With `--no-supervisor`, or under a debugger, it serves in this process. `--log-instrumentation` sets `instrumentation`.
 */
export const start: Command = async (args, io) => {
  const alone = args.includes('--no-supervisor')
  const options = args.filter((arg) => arg !== '--no-supervisor' && arg !== '--log-instrumentation')
  // The processes that serve have the environment of this one.
  if (args.includes('--log-instrumentation')) io.env.POSTERN_INSTRUMENTATION = 'true'
  const { conf } = readOptions('start', options, ['conf'])
  if (alone || inspectorUrl() !== undefined) {
    // Not loaded by a supervisor, which is to stay small.
    const { serve } = await import('./serve.ts')
    return serve({ conf, io, supervision: null })
  }
  return supervise(options, io)
}

async function supervise(options: readonly string[], { out, err }: Io): Promise<number> {
  // That nobody reads any more what it says is no reason for a supervisor to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const [, program = ''] = process.argv
  const supervisor = new Supervisor({ worker: [program, 'worker', ...options], store: [program, 'store', ...options], out, err })
  const onSignal = (signal: NodeJS.Signals) => supervisor.signal(signal)
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('SIGHUP', onSignal)
  return supervisor.run()
}
