import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { failure, textOf } from '../../errors.ts'
import type { Validators } from './download.ts'

/** The last good version of a bundle. */
export interface CacheRecord extends Validators {
  /** SHA-256 of the zip, hexadecimal. */
  readonly digest: string
}

const recordSchema = z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/), etag: z.string(), lastModified: z.string() })

const RECORD = 'current.json'
const UNFINISHED = '.unfinished-'
const ABANDONED_AFTER_MS = 3_600_000

/**
 * What is kept of one bundle: `current.json`, which names the last good version, and a folder for each version that may still be in
 * use, named by its content. Everything appears at once or not at all, so that gateways may share it.
 */
export class BundleCache {
  readonly folder: string
  readonly #bundle: string

  /** @param source where the bundle comes from: another source has another cache */
  constructor(root: string, bundle: string, source: string) {
    const readable = bundle.replace(/[^\w.-]/g, '_').slice(-80)
    this.folder = join(root, `${readable}-${createHash('sha256').update(source).digest('hex').slice(0, 12)}`)
    this.#bundle = bundle
  }

  /** The folder of a version, whether it is there or not. */
  folderOf(digest: string): string {
    return join(this.folder, digest.slice(0, 16))
  }

  /** `null` if there is none, or none that can be read. */
  async readRecord(): Promise<CacheRecord | null> {
    try {
      return recordSchema.parse(JSON.parse(await readFile(join(this.folder, RECORD), 'utf8')))
    } catch {
      return null
    }
  }

  /** A file of a version, or `null` if it is not there. */
  async readFile(digest: string, name: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.folderOf(digest), name))
    } catch {
      return null
    }
  }

  /** Keeps the files of a version, readable by the gateway's user alone. Replaces what is there of the same version, if it has changed. */
  async store(digest: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
    await this.#write(async () => {
      // Another process may have put it there, and be loading from it.
      if (await this.#holds(digest, files)) return
      const unfinished = join(this.folder, `${UNFINISHED}${randomUUID()}`)
      for (const [name, content] of files) {
        const file = join(unfinished, name)
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        await writeFile(file, content, { mode: 0o600, flag: 'wx' })
      }
      await rm(this.folderOf(digest), { recursive: true, force: true })
      await rename(unfinished, this.folderOf(digest)).catch(async (error) => {
        // Another gateway was faster, with the same content.
        await rm(unfinished, { recursive: true, force: true })
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
    })
  }

  /** Makes a version the last good one. The one before it stays, for requests that run in it; older ones go. */
  async keep(record: CacheRecord): Promise<void> {
    const before = await this.readRecord()
    await this.#write(async () => {
      const unfinished = join(this.folder, `${UNFINISHED}${randomUUID()}`)
      await writeFile(unfinished, JSON.stringify(record), { mode: 0o600, flag: 'wx' })
      await rename(unfinished, join(this.folder, RECORD))
      if (before && before.digest !== record.digest) await this.#removeOthers([before, record])
    })
  }

  async #holds(digest: string, files: ReadonlyMap<string, Buffer>): Promise<boolean> {
    for (const [name, content] of files) if (!(await this.readFile(digest, name))?.equals(content)) return false
    return true
  }

  async #removeOthers(kept: readonly CacheRecord[]): Promise<void> {
    const names = [RECORD, ...kept.map(({ digest }) => digest.slice(0, 16))]
    for (const name of await readdir(this.folder)) {
      if (names.includes(name)) continue
      const path = join(this.folder, name)
      const age = Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0)
      if (!name.startsWith(UNFINISHED) || age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
    }
  }

  async #write(act: () => Promise<void>): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      await act()
    } catch (error) {
      throw failure('bundle_not_kept', { bundle: this.#bundle, folder: this.folder, reason: textOf(error) }, error)
    }
  }
}
