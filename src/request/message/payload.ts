import type { Readable } from 'node:stream'

/** What goes upstream as a request's body. */
export interface Payload {
  readonly body: Buffer | Readable | null
  /** Content-Length; -1 if the request has none, or a body whose length is not known. */
  readonly length: number
}

export const NO_PAYLOAD: Payload = { body: null, length: -1 }
/** A request that says it has a body of no bytes. */
export const EMPTY_PAYLOAD: Payload = { body: null, length: 0 }
