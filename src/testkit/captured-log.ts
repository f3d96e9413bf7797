import { failure } from '../errors.ts'
import type { CapturedLog, LogLine } from './contract/types.ts'

/** How long a line may be waited for, in milliseconds. */
const PATIENCE_MS = 5000

/** The real ones, also while a test holds time still. */
const { setTimeout, clearTimeout } = globalThis

/** Keeps what is logged. */
export class LogCapture implements CapturedLog {
  readonly lines: LogLine[] = []
  readonly #waiting = new Set<(line: LogLine) => void>()

  /** For pino. */
  readonly destination = {
    write: (text: string): void => {
      const line: LogLine = JSON.parse(text)
      this.lines.push(line)
      for (const look of this.#waiting) look(line)
    },
  }

  waitFor(message: string | RegExp): Promise<LogLine> {
    const matches = ({ msg = '' }: LogLine) => (typeof message === 'string' ? msg.includes(message) : message.test(msg))
    const found = this.lines.find(matches)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      const look = (line: LogLine) => {
        if (!matches(line)) return
        end()
        resolve(line)
      }
      const timer = setTimeout(() => {
        end()
        reject(failure('test_log_silent', { message: String(message), lines: this.lines.map(({ msg = '' }) => msg) }))
      }, PATIENCE_MS)
      this.#waiting.add(look)
    })
  }
}
