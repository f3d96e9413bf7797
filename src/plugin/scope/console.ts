import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format } from 'node:util'
import type { Logger } from '../../log.ts'

/**
 * The `console` of an artifact: what it prints becomes lines of the plugin's log. `debug`, `warn`, `error` and `trace`
 * have the level of their name, everything else (`log`, `info`, `table`, `dir`, `count`, …) is `info`.
 */
export function openConsole(log: Logger): Console {
  const scoped = printer(log, 'info')
  const trace = (...words: unknown[]) => {
    const mark: { name: string; message: string; stack?: string } = { name: 'Trace', message: format(...words) }
    Error.captureStackTrace(mark, trace)
    log.trace(mark.stack)
  }
  return Object.assign(scoped, {
    debug: printer(log, 'debug').log,
    warn: printer(log, 'warn').log,
    error: printer(log, 'error').log,
    trace,
  })
}

function printer(log: Logger, level: 'debug' | 'info' | 'warn' | 'error'): Console {
  const stdout = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      log[level](text.trimEnd())
      done()
    },
  })
  return new Console({ stdout, colorMode: false })
}
