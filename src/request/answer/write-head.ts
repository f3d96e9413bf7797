import type { ServerResponse } from 'node:http'

const TRAILER = 'trailer'
const CONTENT_LENGTH = 'content-length'
const CONTENT_DISPOSITION = 'content-disposition'

/**
 * Writes the head of a response from a raw list, with what node:http would trip over put right: it throws for a Trailer
 * field where the response cannot have trailers, and decodes a Content-Disposition that follows a Content-Length anew.
 *
 * @throws if a value has characters that no field may have (RFC 9110 §5.5)
 */
export function writeHead(outgoing: ServerResponse, status: number, statusText: string, raw: string[]): void {
  const headers = needsCare(raw) ? writable(outgoing, status, raw) : raw
  if (statusText) outgoing.writeHead(status, statusText, headers)
  else outgoing.writeHead(status, headers)
}

/** Names are told apart by their length alone, which for most responses settles it. */
function needsCare(raw: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const { length } = raw[i] as string
    if (length === TRAILER.length || length === CONTENT_DISPOSITION.length) return true
  }
  return false
}

function writable(outgoing: ServerResponse, status: number, raw: readonly string[]): string[] {
  const headers: string[] = []
  const bodyless = outgoing.req.method === 'HEAD' || status === 204 || status === 304 || outgoing.req.httpVersionMinor === 0
  const chunked = !bodyless && !raw.some((text, i) => i % 2 === 0 && text.toLowerCase() === CONTENT_LENGTH)
  let lengthBefore = false
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    let value = raw[i + 1] as string
    const lower = name.toLowerCase()
    if (lower === TRAILER && !chunked) continue
    if (lower === CONTENT_LENGTH) lengthBefore = value !== '0'
    // node:http takes the value for Latin-1 bytes of UTF-8 text there; encoded once more it comes out as it was.
    if (lower === CONTENT_DISPOSITION && lengthBefore) value = Buffer.from(value).toString('latin1')
    headers.push(name, value)
  }
  return headers
}
