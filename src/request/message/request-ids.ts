import { randomUUIDv7 } from 'node:crypto'

/** Where the ids of requests come from, and who is told of them. */
export interface RequestIds {
  /** The header that has it, as it is written. */
  readonly header: string
  /** Whether a client's own id is taken, where it is well formed. */
  readonly accept: boolean
  readonly toUpstream: boolean
  readonly toClient: boolean
}

/** What may stand in any log and header without harm. */
const WELL_FORMED = /^[\w.:/+=@-]{1,128}$/

/** The id of a request: the client's, where that is taken, or else a new UUIDv7. */
export function idOf(raw: readonly string[], { header, accept }: RequestIds): string {
  const given = accept ? firstValue(raw, header.toLowerCase()) : ''
  return WELL_FORMED.test(given) ? given : randomUUIDv7()
}

/** The value of the first line of that name; '' where there is none. */
function firstValue(raw: readonly string[], lower: string): string {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) return raw[i + 1] as string
  }
  return ''
}

/** The lines with the id in place of any that were there under its name. */
export function withId(raw: readonly string[], { header }: RequestIds, id: string): string[] {
  const lower = header.toLowerCase()
  const lines: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length !== lower.length || name.toLowerCase() !== lower) lines.push(name, raw[i + 1] as string)
  }
  lines.push(header, id)
  return lines
}
