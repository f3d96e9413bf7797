import type { Framing } from '../../harness/http-message.ts'
import type { RecordedRequest } from '../../harness/raw-upstream.ts'

/** What an upstream sees of a request: everything on the wire, one character for each byte. */
export interface Seen {
  readonly method: string
  readonly target: string
  readonly lines: readonly string[]
  readonly framing: Framing
  readonly chunkSizes: readonly number[]
  readonly content: string
  readonly trailers: readonly string[]
  /** Whether the body came to the end that its framing announced. */
  readonly complete: boolean
}

export function seen({ method, target, head, body }: RecordedRequest): Seen {
  return {
    method,
    target,
    lines: head.lines,
    framing: body.framing,
    chunkSizes: body.chunkSizes,
    content: Buffer.concat(body.parts).toString('latin1'),
    trailers: body.trailers,
    complete: body.complete,
  }
}

/** The name of a header line, in lower case. */
export function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase()
}

/** The values of a header, in order. */
export function valuesIn(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => nameOf(line) === name).map((line) => line.slice(line.indexOf(':') + 1).trim())
}
