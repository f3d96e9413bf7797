import type { Dispatcher } from 'undici'

/** A server that is slow is given up: requests may be waiting. */
const LONGEST_MS = 5000
/** A JWKS of a hundred keys has some 50 KB. */
const MOST_BYTES = 1_000_000

/**
 * The text of a JWKS.
 *
 * @throws Error with the reason, also where the server redirects
 */
export async function fetchJwks(url: string, dispatcher: Dispatcher, closing: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(LONGEST_MS)])
  const { origin, pathname, search } = new URL(url)
  const headers = { accept: 'application/json' }
  const { statusCode, body } = await dispatcher.request({ origin, path: pathname + search, method: 'GET', headers, signal })
  if (statusCode !== 200) {
    body.destroy().on('error', () => {})
    throw new Error(`expected the status 200, found ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error(`expected at most ${MOST_BYTES} bytes, found more`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
