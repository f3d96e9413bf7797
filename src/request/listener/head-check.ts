import type { IncomingMessage } from 'node:http'
import { failure, type PosternError } from '../../errors.ts'
import type { ClientRequest } from '../message/client-message.ts'

/** What a Host may consist of (RFC 3986 §3.2): a path, a query or a user in it would be read as such in a URL. */
const HOST = /^[\w.~!$&'()*+,;=%:[\]-]*$/

/** Looks at the head of a request before it is routed: whatever could be read in two ways is refused. */
export class HeadCheck {
  readonly #mostLines: number
  /** The last Host that was good: most requests have the same. */
  #known = ''

  constructor(mostLines: number) {
    this.#mostLines = mostLines
  }

  /** What is wrong with it; null where nothing is. */
  problem({ rawHeaders: raw }: ClientRequest): PosternError | null {
    if (raw.length > 2 * this.#mostLines) {
      return failure('headers_too_many', { found: raw.length / 2, limit: this.#mostLines })
    }
    let host: string | null = null
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string
      if (name.length !== 4 || name.toLowerCase() !== 'host') continue
      if (host !== null) return failure('host_repeated', undefined)
      host = raw[i + 1] as string
    }
    if (host === null || host === this.#known) return null
    if (!HOST.test(host)) return failure('host_malformed', { host })
    this.#known = host
    return null
  }
}

/** What node:http lets pass of HTTP/1 that the gateway cannot pass on. */
export function framingProblem(incoming: IncomingMessage): PosternError | null {
  if (incoming.httpVersionMajor !== 1) return failure('http_version_unsupported', { version: incoming.httpVersion })
  const coding = incoming.headers['transfer-encoding']
  if (coding === undefined) return null
  // RFC 9112 §6.1: in HTTP/1.0 it is a fault, and of other codings nothing could be decoded.
  if (incoming.httpVersionMinor === 0) return failure('request_malformed', { reason: 'Transfer-Encoding in HTTP/1.0' })
  return coding.toLowerCase() === 'chunked' ? null : failure('transfer_coding_unsupported', { coding })
}
