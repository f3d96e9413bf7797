import { HeaderList } from '../../message/header-list.ts'

/** A response as it is kept. */
export interface CachedResponse {
  readonly status: number
  readonly statusText: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** When it was made, in Unix milliseconds. */
  readonly storedAt: number
  /** null where there was none to send: to HEAD, or with a status that has none. */
  readonly body: Buffer | null
}

/** What stands in the place of a response that has a Vary: which request headers tell the variants apart. */
export interface Variants {
  readonly vary: readonly string[]
}

const HEAD_LENGTH_BYTES = 4

/** Head as JSON, with its length in front, then the body as it is. */
export function encodeEntry({ body, ...head }: CachedResponse): Buffer {
  const text = Buffer.from(JSON.stringify({ ...head, empty: body === null }))
  const length = Buffer.alloc(HEAD_LENGTH_BYTES)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, body ?? Buffer.alloc(0)])
}

export function encodeVariants(variants: Variants): Buffer {
  return encodeEntry({
    ...(variants as object),
    status: 0,
    statusText: '',
    headers: [],
    storedAt: 0,
    body: null,
  } as CachedResponse)
}

/** What bytes of the cache say; undefined for what is neither, as after an upgrade of the gateway. */
export function decodeEntry(bytes: Buffer): CachedResponse | Variants | undefined {
  try {
    const end = HEAD_LENGTH_BYTES + bytes.readUInt32BE(0)
    const head = JSON.parse(bytes.toString('utf8', HEAD_LENGTH_BYTES, end))
    if (Array.isArray(head.vary)) return { vary: head.vary }
    const { status, statusText, headers, storedAt, empty } = head
    return { status, statusText, headers, storedAt, body: empty ? null : bytes.subarray(end) }
  } catch {
    return undefined
  }
}

/** The names in a response's Vary, in lower case and in order. */
export function variedBy(headers: readonly string[]): string[] {
  const value = new HeaderList(headers as string[]).get('vary')
  if (value === null) return []
  const names = value.split(',').map((name) => name.trim().toLowerCase())
  return [...new Set(names)].filter((name) => name !== '').sort()
}
