import { type IncomingMessage, ServerResponse } from 'node:http'

/** Up to here a copy into a string costs less than what it saves, in bytes. */
const MOST_IN_ONE_WRITE = 8_192

/**
 * A response of HTTP/1 whose short body goes out in one write with its head: node:http joins the head with a string, but hands
 * the system two pieces where the body is bytes, which takes longer. Latin-1 has one character for each byte.
 */
export class Http1Response<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    // Chunked framing is written apart from what it frames.
    if (!(chunk instanceof Uint8Array) || chunk.byteLength > MOST_IN_ONE_WRITE || this.chunkedEncoding)
      return super.end(chunk as never, encoding as never, callback as never)
    const bytes = chunk instanceof Buffer ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const text = bytes.toString('latin1')
    return super.end(text, 'latin1', (typeof encoding === 'function' ? encoding : callback) as never)
  }
}
