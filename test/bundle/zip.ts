import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of a zip, with everything that can be wrong about it. */
export interface ZipEntry {
  readonly name: string
  readonly content: string | Buffer
  /** Stored unless given: 8 is deflate. */
  readonly method?: number
  /** The size that it says it has once inflated. */
  readonly declaredSize?: number
  readonly crc?: number
  /** General purpose bits, besides UTF-8. */
  readonly flags?: number
  /** The Unix mode. */
  readonly mode?: number
}

/** A zip of exactly these entries, checked for nothing. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { name, data, fixed } = encoded(entry)
    const local = Buffer.concat([bytes(4, 0x04034b50), fixed, bytes(2, name.length), bytes(2, 0), name, data])
    locals.push(local)
    central.push(
      Buffer.concat([
        ...[
          bytes(4, 0x02014b50),
          bytes(2, 0x0314),
          fixed,
          bytes(2, name.length),
          bytes(2, 0),
          bytes(2, 0),
          bytes(2, 0),
          bytes(2, 0),
        ],
        ...[bytes(4, ((entry.mode ?? 0o100644) * 0x10000) >>> 0), bytes(4, offset), name],
      ]),
    )
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const counts = [bytes(2, 0), bytes(2, 0), bytes(2, entries.length), bytes(2, entries.length)]
  const end = Buffer.concat([bytes(4, 0x06054b50), ...counts, bytes(4, directory.length), bytes(4, offset), bytes(2, 0)])
  return Buffer.concat([...locals, directory, end])
}

/** What local header and central directory have in common, from the needed version to the sizes. */
function encoded({ name, content, method = 0, declaredSize, crc, flags = 0 }: ZipEntry) {
  const raw = Buffer.from(content)
  const data = method === 8 ? deflateRawSync(raw) : raw
  const fixed = Buffer.concat([
    ...[bytes(2, 20), bytes(2, 0x800 | flags), bytes(2, method), bytes(2, 0), bytes(2, 0x21)],
    ...[bytes(4, crc ?? crc32(raw)), bytes(4, data.length), bytes(4, declaredSize ?? raw.length)],
  ])
  return { name: Buffer.from(name), data, fixed }
}

function bytes(size: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(size)
  buffer.writeUIntLE(value, 0, size)
  return buffer
}
