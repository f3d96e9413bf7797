import { until } from './until.ts'

/** The lines that a gateway has logged, for assertions. */
export interface CapturedLog {
  readonly lines: string[]
  /** pino's destination. */
  readonly destination: { write(line: string): void }
  /** The first line, from number `from` on, that contains `text`; waits for it. */
  waitFor(text: string, from?: number): Promise<string>
}

export function captureLog(): CapturedLog {
  const lines: string[] = []
  return {
    lines,
    destination: { write: (line) => void lines.push(line.trimEnd()) },
    waitFor: (text, from = 0) =>
      until(
        () => `"${text}" in the log:\n${lines.slice(from).join('\n')}`,
        () => lines.slice(from).find((line) => line.includes(text)),
      ),
  }
}
