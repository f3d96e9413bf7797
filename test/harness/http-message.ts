import type { ByteReader } from './byte-reader.ts'

/** The head of a message as it stood on the wire, one character for each byte. */
export interface Head {
  readonly startLine: string
  /** Header lines in order, without their line ends. */
  readonly lines: readonly string[]
}

/** How a message says where its body ends. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** A body as it arrived; filled while it is being read. */
export interface Body {
  readonly framing: Framing
  readonly parts: Buffer[]
  /** Bytes of content, also of those that were not kept. */
  length: number
  readonly chunkSizes: number[]
  readonly trailers: string[]
  /** Whether the end arrived that the framing announced. */
  complete: boolean
}

/** The next head; `null` when the peer closes instead. */
export async function readHead(reader: ByteReader): Promise<Head | null> {
  const startLine = await reader.line()
  if (startLine === null) return null
  const lines: string[] = []
  for (;;) {
    const line = await reader.line()
    if (line === null) return null
    if (line === '') return { startLine, lines }
    lines.push(line)
  }
}

/** Every value of a header, in order. */
export function headerValues(lines: readonly string[], name: string): string[] {
  const prefix = `${name.toLowerCase()}:`
  return lines.filter((line) => line.toLowerCase().startsWith(prefix)).map((line) => line.slice(prefix.length).trim())
}

/** The one value of a header; `undefined` if the header is absent. */
export function headerValue(lines: readonly string[], name: string): string | undefined {
  const values = headerValues(lines, name)
  return values.length === 0 ? undefined : values.join(', ')
}

export function requestFraming(head: Head): Framing {
  if (/chunked/i.test(headerValue(head.lines, 'transfer-encoding') ?? '')) return 'chunked'
  return headerValue(head.lines, 'content-length') === undefined ? 'none' : 'length'
}

/** RFC 9112 §6.3: HEAD, 1xx, 204 and 304 have no body whatever the headers say. */
export function responseFraming(head: Head, method: string): Framing {
  const status = statusOf(head)
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  const framing = requestFraming(head)
  return framing === 'none' ? 'close' : framing
}

export function statusOf(head: Head): number {
  return Number(head.startLine.split(' ')[1])
}

export function emptyBody(framing: Framing): Body {
  return { framing, parts: [], length: 0, chunkSizes: [], trailers: [], complete: framing === 'none' }
}

/** Reads a body into `body` until it is complete or the peer closes. `keep: false` counts the bytes and forgets them. */
export async function readBody(reader: ByteReader, head: Head, body: Body, { keep = true } = {}): Promise<void> {
  const sink = (part: Buffer) => {
    body.length += part.length
    if (keep) body.parts.push(part)
  }
  if (body.framing === 'length') body.complete = await readCount(reader, Number(headerValue(head.lines, 'content-length')), sink)
  if (body.framing === 'chunked') body.complete = await readChunks(reader, body, sink)
  if (body.framing === 'close') {
    for (let part = await reader.some(); part; part = await reader.some()) sink(part)
    body.complete = true
  }
}

async function readCount(reader: ByteReader, count: number, sink: (part: Buffer) => void): Promise<boolean> {
  for (let left = count; left > 0; ) {
    const part = await reader.some(left)
    if (part === null) return false
    left -= part.length
    sink(part)
  }
  return true
}

async function readChunks(reader: ByteReader, body: Body, sink: (part: Buffer) => void): Promise<boolean> {
  for (;;) {
    const line = await reader.line()
    if (line === null) return false
    const size = Number.parseInt(line, 16)
    if (size === 0) return readTrailers(reader, body)
    body.chunkSizes.push(size)
    if (!(await readCount(reader, size, sink))) return false
    if ((await reader.line()) === null) return false
  }
}

async function readTrailers(reader: ByteReader, body: Body): Promise<boolean> {
  for (;;) {
    const line = await reader.line()
    if (line === null) return false
    if (line === '') return true
    body.trailers.push(line)
  }
}

/** The bytes of a response; its body is framed by Content-Length unless a header line says otherwise. */
export function formatResponse(status: number, lines: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body)
  const framed = requestFraming({ startLine: '', lines }) !== 'none'
  const all = framed ? lines : [...lines, `Content-Length: ${bytes.length}`]
  return Buffer.concat([Buffer.from([`HTTP/1.1 ${status} X`, ...all, '', ''].join('\r\n'), 'latin1'), bytes])
}

/** The bytes of one chunk of a chunked body; of an empty one, the end. */
export function formatChunk(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

/** The bytes of a request, one byte for each character of the head; its body is framed by Content-Length unless a header line says otherwise. */
export function formatRequest(methodAndTarget: string, lines: readonly string[] = [], body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body)
  const host = headerValues(lines, 'host').length > 0 ? [] : ['Host: gateway.test']
  const framed = bytes.length === 0 || requestFraming({ startLine: '', lines }) !== 'none'
  const framing = framed ? [] : [`Content-Length: ${bytes.length}`]
  return Buffer.concat([
    Buffer.from([`${methodAndTarget} HTTP/1.1`, ...host, ...lines, ...framing, '', ''].join('\r\n'), 'latin1'),
    bytes,
  ])
}
