import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import { type UploadTable, uploadTableSchema } from './upload-table.ts'

const TABLE = 'uploads.json'
/** What no upload has had for so long is nobody's: another process may be about to enter what it has just written. */
const ABANDONED_AFTER_MS = 3_600_000

/**
 * The uploads in the data folder: a file for each content, named by its digest, and the table as it was last known. Everything appears
 * at once or not at all, so that processes may share it.
 */
export class UploadFiles {
  readonly folder: string

  /** @param folder absolute; made when something is to be kept in it */
  constructor(folder: string) {
    this.folder = folder
  }

  /** `null` where there is none, or none that can be read. */
  async readTable(): Promise<UploadTable | null> {
    try {
      return uploadTableSchema.parse(JSON.parse(await readFile(join(this.folder, TABLE), 'utf8')))
    } catch {
      return null
    }
  }

  /** @throws `upload_not_kept` */
  async writeTable(table: UploadTable): Promise<void> {
    await this.#write(TABLE, Buffer.from(`${JSON.stringify(table, null, 2)}\n`))
  }

  /** The bytes of a digest; `null` where they are not there, or are others by now. */
  async read(sha256: string): Promise<Buffer | null> {
    const bytes = await readFile(this.#fileOf(sha256)).catch(() => null)
    return bytes && digestOf(bytes) === sha256 ? bytes : null
  }

  /** @throws `upload_not_kept` */
  async write(sha256: string, bytes: Buffer): Promise<void> {
    await this.#write(`${sha256}.js`, bytes)
  }

  /** Removes what belongs to no upload. */
  async clean(table: UploadTable): Promise<void> {
    const kept = new Set([TABLE, ...table.map(({ sha256 }) => `${sha256}.js`)])
    const names = await readdir(this.folder).catch(() => [])
    for (const name of names.filter((each) => !kept.has(each))) {
      const path = join(this.folder, name)
      const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? Date.now())
      if (age > ABANDONED_AFTER_MS) await rm(path, { force: true })
    }
  }

  #fileOf(sha256: string): string {
    return join(this.folder, `${sha256}.js`)
  }

  /** Readable by the gateway's user alone, and on the disk when it is done. */
  async #write(name: string, bytes: Buffer): Promise<void> {
    const partial = join(this.folder, `.${randomUUID()}.partial`)
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      await writeThrough(partial, bytes)
      await rename(partial, join(this.folder, name))
    } catch (cause) {
      await rm(partial, { force: true }).catch(() => {})
      throw failure('upload_not_kept', { folder: this.folder, reason: textOf(cause) }, cause)
    }
  }
}

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function writeThrough(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
