import type { ClientResponse } from './client-message.ts'

/**
 * The body of a response that is on its way: nothing is read before somebody asks. A source is consumed once, by one of
 * these; whoever needs it twice collects it.
 */
export interface BodySource {
  /** Streams the bytes as they are to the client and ends the response, trailers included. */
  pipeTo(response: ClientResponse): void
  /** The bytes as they are, as a web stream that reads nothing before it is read. */
  stream(): ReadableStream<Uint8Array>
  /** Reads all of it; rejects with `response_body_too_large` beyond `limit` bytes. */
  collect(limit: number): Promise<Buffer>
  /** Reads it away, where there is nothing to keep. */
  drain(): void
  /** Gives the body up. */
  cancel(): void
  /** Has every byte given to `copy` as well, as it comes by, however the body is consumed. */
  copyTo?(copy: BodyCopy): void
}

/** Who is shown the bytes of a body that is for somebody else. */
export interface BodyCopy {
  chunk(chunk: Buffer): void
  /** That was all of it. */
  end(): void
  /** There will be no more, and something is missing. */
  fail(): void
}

const sources = new WeakMap<ReadableStream, BodySource | object>()

/** Remembers what a web stream given to a plugin stands for, so that a body that comes back untouched is streamed raw. */
export function remember<S extends object>(stream: ReadableStream, source: S): void {
  sources.set(stream, source)
}

/** What an unread stream stands for; `undefined` if it is not ours, or was read from. */
export function recall(stream: ReadableStream): object | undefined {
  return stream.locked ? undefined : sources.get(stream)
}

/** A stream that has been read from stands for nothing any more. */
export function forget(stream: ReadableStream): void {
  sources.delete(stream)
}

/** A web stream over chunks that are pulled one at a time; reads nothing before it is read. */
export function lazyStream(open: () => AsyncIterator<Uint8Array>, onCancel: () => void): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | null = null
  const stream: ReadableStream<Uint8Array> = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!chunks) {
          forget(stream)
          chunks = open()
        }
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        forget(stream)
        onCancel()
        await chunks?.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return stream
}

/** A stream of bytes at hand. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return lazyStream(
    async function* () {
      if (bytes.byteLength > 0) yield new Uint8Array(bytes)
    },
    () => {},
  )
}
