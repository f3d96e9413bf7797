import type { ClientRequest } from './client-message.ts'

const CONTENT_LENGTH = 'content-length'
const TRANSFER_ENCODING = 'transfer-encoding'

/**
 * How long a request's body is: -1 if it has none, -2 if it has one whose length is not told beforehand, as chunked ones
 * (RFC 9112 §6.3; node:http refuses both framings at once).
 */
export function bodyLength(request: ClientRequest): number {
  const raw = request.rawHeaders
  let length = request.isOpenEnded ? CHUNKED : NO_BODY
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === CONTENT_LENGTH.length) {
      if (name.toLowerCase() === CONTENT_LENGTH) length = Number(raw[i + 1])
    } else if (name.length === TRANSFER_ENCODING.length && name.toLowerCase() === TRANSFER_ENCODING) {
      return CHUNKED
    }
  }
  return length
}

export const NO_BODY = -1
export const CHUNKED = -2

/** The value of the first Host header; '' if there is none. */
export function hostOf(raw: readonly string[]): string {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') return raw[i + 1] as string
  }
  return ''
}

/** HTTP/1.0 has neither interim responses nor chunked bodies. */
export function isHttp10({ httpVersionMajor: major, httpVersionMinor: minor }: ClientRequest): boolean {
  return major === 1 && minor === 0
}
