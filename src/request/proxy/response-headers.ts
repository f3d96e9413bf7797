import { withoutNamed } from './request-headers.ts'

/** Fields that belong to the upstream's connection (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
])

const LENGTHS = [...HOP_BY_HOP].reduce((bits, { length }) => bits | (1 << length), 0)
const CONTENT_LENGTH = 'content-length'

/** An upstream's header list as it goes to the client. */
export interface ResponseHead {
  readonly headers: string[]
  /** Content-Length; -1 where there is none. */
  readonly length: number
}

/** The upstream's headers, in its order and spelling, without what belongs to its connection. */
export function clientHeaders(raw: readonly Buffer[]): ResponseHead {
  const headers: string[] = []
  let named: string | null = null
  let length = -1
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1')
    const value = (raw[i + 1] as Buffer).toString('latin1')
    if (((LENGTHS >>> name.length) & 1) === 1) {
      const lower = name.toLowerCase()
      if (lower === 'connection' && value !== 'keep-alive' && value !== 'close')
        named = named === null ? value : `${named},${value}`
      if (HOP_BY_HOP.has(lower)) continue
    } else if (name.length === CONTENT_LENGTH.length && name.toLowerCase() === CONTENT_LENGTH) {
      length = Number(value)
    }
    headers.push(name, value)
  }
  return { headers: named === null ? headers : withoutNamed(headers, named), length }
}

/** The same for a list of strings, as node:http has it. */
export function withoutHopByHop(raw: readonly string[]): string[] {
  return clientHeaders(raw.map((text) => Buffer.from(text, 'latin1'))).headers
}

/** Trailers, as names and values in turn. */
export function trailerLines(raw: readonly Buffer[]): [string, string][] {
  const lines: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2)
    lines.push([(raw[i] as Buffer).toString('latin1'), (raw[i + 1] as Buffer).toString('latin1')])
  return lines
}
