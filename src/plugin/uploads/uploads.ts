import { setTimeout as delay } from 'node:timers/promises'
import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { display, type Version } from '../../version.ts'
import { type Artifact, admitArtifact } from '../artifact.ts'
import type { KeyValue } from '../contract/kv.ts'
import type { ArtifactSource } from '../registry.ts'
import type { SigningPolicy } from '../signing/check-signature.ts'
import { SharedBytes } from './shared-bytes.ts'
import { digestOf, UploadFiles } from './upload-files.ts'
import { uploadIn, uploadPath } from './upload-path.ts'
import { findUpload, type Upload, type UploadTable, uploadTableSchema, withoutUpload, withUpload } from './upload-table.ts'

/** More names than anybody has plugins; so the store cannot be filled without end. */
const MOST_UPLOADS = 500
const TABLE = 'table'
const LOCK = 'lock'
/** How long a gateway that died while it wrote keeps others from writing, in seconds. */
const LOCK_SECONDS = 60
const LOCK_ATTEMPTS = 50
const LOCK_WAIT_MS = 100

export interface UploadsOptions {
  /** Absolute; it need not exist. */
  readonly folder: string
  readonly kv: KeyValue
  /** Whether gateways that do not share the folder share the store. */
  readonly shared: boolean
  readonly version: Version
  readonly signing: SigningPolicy
  readonly log: Logger
}

/**
 * Artifacts that were uploaded. The store has the table of their names; their bytes are in the data folder, and in a store that gateways
 * share as well. What a gateway has once had it goes on with while the store is away, or has forgotten it.
 */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #files: UploadFiles
  readonly #bytes: SharedBytes | null
  readonly #gateway: string
  /** What is in use: of each name the newest that this gateway could get hold of. */
  #current: UploadTable = []
  /** Whether it was said that the store has forgotten what is in use. */
  #warned = false

  static async open(options: UploadsOptions): Promise<Uploads> {
    const uploads = new Uploads(options)
    uploads.#current = (await uploads.#files.readTable()) ?? []
    return uploads
  }

  private constructor(options: UploadsOptions) {
    this.#options = options
    this.#files = new UploadFiles(options.folder)
    this.#bytes = options.shared ? new SharedBytes(options.kv) : null
    this.#gateway = display(options.version)
  }

  get all(): UploadTable {
    return this.#current
  }

  find(name: string): Upload | undefined {
    return findUpload(this.#current, name, this.#gateway)
  }

  /** Takes over what the store has. Never rejects: what cannot be had leaves what there was in use. */
  async refresh(): Promise<void> {
    try {
      const stored = await this.#readTable()
      if (stored === null) this.#warnOfLoss()
      else await this.#adopt(stored)
    } catch (error) {
      this.#options.log.warn({ err: error }, `Look for uploaded plugins failed: ${textOf(error)}; what is known stays in use`)
    }
  }

  /** The artifact of a file: an upload, or any other. */
  sourceBefore(files: ArtifactSource): ArtifactSource {
    return {
      read: (file, version, signing) => {
        const name = uploadIn(file)
        return name === null ? files.read(file, version, signing) : this.#read(name)
      },
      load: (artifact, host) => files.load(artifact, host),
      areFiles: files.areFiles,
    }
  }

  /**
   * Puts an artifact through every gate that there is before one is run.
   *
   * @throws `upload_refused`
   */
  admit(name: string, bytes: Buffer): Artifact {
    const { version, signing } = this.#options
    try {
      return admitArtifact(bytes, uploadPath(name), version, signing)
    } catch (error) {
      throw failure('upload_refused', { reason: textOf(error) }, error)
    }
  }

  /**
   * Stores an artifact under a name, in place of the one that has it.
   *
   * @throws `upload_not_kept`, `uploads_exceeded`, `upload_busy`, and what a store that is away throws; nothing is changed then
   */
  async put(name: string, bytes: Buffer, { stamp }: Artifact): Promise<Upload> {
    const sha256 = digestOf(bytes)
    const plugin = { name: stamp.name, version: stamp.version }
    const uploaded_at = new Date().toISOString()
    const upload: Upload = { name, gateway: this.#gateway, sha256, size: bytes.length, plugin, uploaded_at }
    await this.#files.write(sha256, bytes)
    await this.#change((table) => withUpload(table, upload))
    return upload
  }

  /** @throws as `put`, and `upload_not_found` */
  async delete(name: string): Promise<void> {
    await this.#change((table) => {
      if (!table.some((upload) => upload.name === name)) throw failure('upload_not_found', { name })
      return withoutUpload(table, name)
    })
  }

  /** @throws `upload_missing`, `upload_lost`, and what `admitArtifact` throws */
  async #read(name: string): Promise<Artifact> {
    const { version, signing } = this.#options
    const path = uploadPath(name)
    const upload = this.find(name)
    if (!upload) throw failure('upload_missing', { path, name, gateway: this.#gateway })
    return admitArtifact(await this.#obtain(upload), path, version, signing)
  }

  /** The bytes of an upload, which are in the data folder from then on. */
  async #obtain({ name, sha256 }: Upload): Promise<Buffer> {
    const own = await this.#files.read(sha256)
    if (own) return own
    const bytes = await this.#bytes?.read(sha256)
    if (!bytes) throw failure('upload_lost', { path: uploadPath(name), name, sha256, folder: this.#files.folder })
    await this.#files.write(sha256, bytes).catch((error) => this.#options.log.error({ err: error }, textOf(error)))
    return bytes
  }

  async #readTable(): Promise<UploadTable | null> {
    const stored = await this.#options.kv.get(TABLE)
    return stored === undefined ? null : uploadTableSchema.parse(stored)
  }

  /** Makes a table the one in use, as far as the bytes can be had. */
  async #adopt(table: UploadTable): Promise<void> {
    this.#warned = false
    const next: Upload[] = []
    for (const upload of table) next.push(upload.gateway === this.#gateway ? await this.#usable(upload) : upload)
    if (JSON.stringify(next) === JSON.stringify(this.#current)) return
    this.#current = next
    await this.#files.writeTable(next).catch((error) => this.#options.log.error({ err: error }, textOf(error)))
    await this.#files.clean([...next, ...table])
  }

  /** The upload if its bytes can be had, else the one before it. */
  async #usable(upload: Upload): Promise<Upload> {
    try {
      await this.#obtain(upload)
      return upload
    } catch (error) {
      this.#options.log.error({ err: error }, textOf(error))
      return this.find(upload.name) ?? upload
    }
  }

  /** One gateway at a time: of two that change the table at once, one would undo what the other did. */
  async #change(change: (table: UploadTable) => UploadTable): Promise<void> {
    const { kv } = this.#options
    await this.#lock()
    try {
      // A store that has lost its table gets back what this gateway has of it.
      const before = (await this.#readTable()) ?? this.#current
      const next = change(before)
      const count = new Set(next.map(({ name }) => name)).size
      if (count > MOST_UPLOADS) throw failure('uploads_exceeded', { limit: MOST_UPLOADS })
      await this.#share(next)
      await kv.set(TABLE, next)
      await this.#adopt(next)
      await this.#drop(before, next)
    } finally {
      await kv.delete(LOCK).catch(() => {})
    }
  }

  async #lock(): Promise<void> {
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      if ((await this.#options.kv.increment(LOCK, 1, { ttl: LOCK_SECONDS })) === 1) return
      await delay(LOCK_WAIT_MS)
    }
    throw failure('upload_busy', undefined)
  }

  /** Has the store hold the bytes of every upload that this gateway holds them of. */
  async #share(table: UploadTable): Promise<void> {
    if (!this.#bytes) return
    for (const sha256 of digests(table)) {
      if (await this.#bytes.has(sha256)) continue
      const bytes = await this.#files.read(sha256)
      if (bytes) await this.#bytes.write(sha256, bytes)
    }
  }

  /** What is left over does no harm: it is not worth to fail for. */
  async #drop(before: UploadTable, next: UploadTable): Promise<void> {
    const kept = digests(next)
    for (const sha256 of digests(before).difference(kept)) await this.#bytes?.delete(sha256).catch(() => {})
  }

  #warnOfLoss(): void {
    if (this.#warned || this.#current.length === 0) return
    this.#warned = true
    const names = [...new Set(this.#current.map(({ name }) => name))].join(', ')
    this.#options.log.warn(failure('uploads_forgotten', { names }).message)
  }
}

function digests(table: UploadTable): Set<string> {
  return new Set(table.map(({ sha256 }) => sha256))
}
