/** Whatever is no unreserved character (RFC 3986 §2.3). */
const RESERVED = /[^A-Za-z0-9._~-]/g
/** What a request's path and query cannot hold. */
const UNSAFE = /[^!-~]/g

/** A value, given as bytes, as a part of a path or a query that it cannot break out of. */
export function encodeValue(bytes: string): string {
  return bytes.replace(RESERVED, encode)
}

/** A piece of a URL, given as bytes, with what cannot be sent encoded. */
export function encodeUnsafe(bytes: string): string {
  return bytes.replace(UNSAFE, encode)
}

/** A piece of the client's own path and query: what ends a URL's query cannot end the rewritten one. */
export function encodePiece(bytes: string): string {
  return encodeUnsafe(bytes).replaceAll('#', '%23')
}

function encode(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
