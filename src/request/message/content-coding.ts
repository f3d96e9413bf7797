import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { failure } from '../../errors.ts'

interface Coding {
  readonly whole: (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>
  readonly streaming: () => Transform
}

const gzip: Coding = { whole: promisify(zlib.gunzip), streaming: zlib.createGunzip }

/** Content codings of RFC 9110 §8.4.1 and RFC 8878 that plugins read through. */
const codings = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['br', { whole: promisify(zlib.brotliDecompress), streaming: zlib.createBrotliDecompress }],
  ['deflate', { whole: promisify(zlib.inflate), streaming: zlib.createInflate }],
  ['zstd', { whole: promisify(zlib.zstdDecompress), streaming: zlib.createZstdDecompress }],
])

function codingsOf(contentEncoding: string | null): Coding[] {
  const names = (contentEncoding ?? '').toLowerCase().split(',')
  const applied = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  return applied.map((name) => {
    const coding = codings.get(name)
    if (!coding) throw failure('content_coding_unknown', { coding: name })
    return coding
  })
}

/** Whether bytes with this Content-Encoding have to be decoded to be read. */
export function isCoded(contentEncoding: string | null): boolean {
  return contentEncoding !== null && contentEncoding.trim() !== '' && contentEncoding.trim().toLowerCase() !== 'identity'
}

/** Decodes a whole body; `limit` bounds what it may grow to. */
export async function decode(bytes: Buffer, contentEncoding: string | null, limit: number): Promise<Buffer> {
  let decoded = bytes
  for (const coding of codingsOf(contentEncoding).reverse()) {
    try {
      decoded = await coding.whole(decoded, { maxOutputLength: limit })
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw failure('response_body_too_large', { limit })
      throw failure('content_coding_broken', { coding: contentEncoding ?? '' }, cause)
    }
  }
  return decoded
}

/** The transforms that decode a stream, in order. */
export function decoders(contentEncoding: string | null): Transform[] {
  return codingsOf(contentEncoding)
    .reverse()
    .map((coding) => coding.streaming())
}
