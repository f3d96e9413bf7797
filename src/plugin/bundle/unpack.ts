import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from 'yauzl'
import { failure, isFailure, textOf } from '../../errors.ts'
import { entryNameProblem } from './entry-name.ts'
import type { BundleLimits } from './settings.ts'

/** The bits of a Unix mode that tell the type of a file. */
const TYPE_MASK = 0o170000
const REGULAR = 0o100000
const FOLDER = 0o040000
const LINK = 0o120000

/** A zip whose entries have been looked at, and from which files can be read. */
export interface Archive {
  /** A file's content, or `null` if there is none of that name. What is read in all may not exceed the limit. */
  read(name: string): Promise<Buffer | null>
}

/**
 * Opens a zip, and refuses it as a whole if any entry is not a plain file or folder inside of it. Nothing is inflated yet.
 *
 * @throws `bundle_archive_invalid`, `bundle_files_exceeded`, `bundle_entry_refused`
 */
export async function openArchive(zip: Buffer, bundle: string, limits: BundleLimits): Promise<Archive> {
  return naming(bundle, async () => {
    // Names stay bytes here: the messages about bad ones are ours.
    const file = await fromBufferPromise(zip, { lazyEntries: true, decodeStrings: false, validateEntrySizes: true })
    const { maxFiles: limit } = limits
    if (file.entryCount > limit) throw failure('bundle_files_exceeded', { bundle, found: file.entryCount, limit })
    const entries = await readEntries(file, bundle)
    let left = limits.maxUnpackedSize
    return {
      read: (name) =>
        naming(bundle, async () => {
          const entry = entries.get(name)
          if (!entry) return null
          const content = await inflate(file, entry, left)
          if (content === null) throw failure('bundle_unpacked_exceeded', { bundle, entry: name, limit: limits.maxUnpackedSize })
          left -= content.length
          if (crc32(content) !== entry.crc32)
            throw failure('bundle_archive_invalid', { bundle, reason: `the CRC of "${name}" is wrong` })
          return content
        }),
    }
  })
}

async function readEntries(file: ZipFile, bundle: string): Promise<ReadonlyMap<string, Entry>> {
  const files = new Map<string, Entry>()
  const folders = new Set<string>()
  for await (const entry of file.eachEntry()) {
    const shown = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true)
    const isFolder = shown.endsWith('/')
    const name = isFolder ? shown.slice(0, -1) : shown
    const problem = entryProblem(entry, name, isFolder) ?? clash(name, isFolder, files, folders)
    if (problem !== null) throw failure('bundle_entry_refused', { bundle, entry: shown, found: problem })
    if (isFolder) folders.add(name)
    else files.set(name, entry)
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) folders.add(name.slice(0, at))
  }
  return files
}

function entryProblem(entry: Entry, name: string, isFolder: boolean): string | null {
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK
  if (type === LINK) return 'a symbolic link'
  if (type !== 0 && type !== (isFolder ? FOLDER : REGULAR)) return 'a special file'
  if (entry.isEncrypted()) return 'an encrypted entry'
  if (!entry.canDecodeFileData()) return `the compression method ${entry.compressionMethod}`
  return entryNameProblem(name)
}

/** Two entries of one name would let a checker and a reader see different files. */
function clash(name: string, isFolder: boolean, files: ReadonlyMap<string, Entry>, folders: ReadonlySet<string>): string | null {
  if (files.has(name) || (!isFolder && folders.has(name))) return 'a name that another entry has already'
  const above = name.split('/').slice(0, -1)
  return above.some((_, i) => files.has(above.slice(0, i + 1).join('/'))) ? 'a name inside of another entry that is a file' : null
}

/** The content, or `null` as soon as it is longer than `limit`: what an entry says of its own size is not relied upon. */
async function inflate(file: ZipFile, entry: Entry, limit: number): Promise<Buffer | null> {
  if (entry.uncompressedSize > limit) return null
  const stream: Readable = await file.openReadStreamPromise(entry)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The library's errors do not know which zip they are about. */
async function naming<T>(bundle: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (isFailure(error)) throw error
    throw failure('bundle_archive_invalid', { bundle, reason: textOf(error) }, error)
  }
}
