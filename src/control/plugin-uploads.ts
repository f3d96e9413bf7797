import { failure, textOf } from '../errors.ts'
import type { PluginRegistry } from '../plugin/registry.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { isUploadName, UPLOAD_NAME, uploadPath } from '../plugin/uploads/upload-path.ts'
import type { Upload, UploadTable } from '../plugin/uploads/upload-table.ts'
import type { Uploads } from '../plugin/uploads/uploads.ts'
import type { CompiledApi } from './compile-api.ts'
import { type ReportedPlugin, type ReportedUse, reportPlugins } from './plugin-report.ts'
import { Turns } from './replace-file.ts'
import { tryUpload } from './try-upload.ts'

export interface PluginUploadsOptions {
  readonly uploads: Uploads
  readonly registry: PluginRegistry
  /** The largest artifact, in bytes. */
  readonly largest: number
  /** What serves. */
  readonly apis: () => readonly CompiledApi[]
  /** Asks every gateway on the store to reload. */
  readonly announce: () => Promise<void>
  /** Reloads this one. */
  readonly reload: () => Promise<unknown>
}

/** What became of an upload. */
export interface UploadReport {
  readonly action: 'added' | 'modified'
  readonly upload: Upload
  readonly stamp: Stamp
  /** Whether all who use it here get this very artifact; false as long as nobody uses it. */
  readonly active: boolean
  readonly used_by: readonly ReportedUse[]
}

/** Artifacts that come over the admin API: checked, tried, stored for every gateway on the store, and put into service. */
export class PluginUploads {
  readonly #options: PluginUploadsOptions
  readonly #turns = new Turns()

  constructor(options: PluginUploadsOptions) {
    this.#options = options
  }

  get largest(): number {
    return this.#options.largest
  }

  all(): UploadTable {
    return this.#options.uploads.all
  }

  /**
   * Puts an artifact in the place of the one of its name. Whatever it fails by before it is stored, nothing is changed.
   *
   * @throws `upload_name_unfit`, `upload_refused`, `upload_not_announced`, and what {@link Uploads.put} throws
   */
  put(name: string, bytes: Buffer): Promise<UploadReport> {
    return this.#turns.take(async () => {
      const { uploads, registry, apis } = this.#options
      if (!isUploadName(name)) throw failure('upload_name_unfit', { name, expected: UPLOAD_NAME })
      const artifact = uploads.admit(name, bytes)
      await tryUpload(artifact, apis(), registry).catch((error) => {
        throw failure('upload_refused', { reason: textOf(error) }, error)
      })
      const action = uploads.find(name) ? 'modified' : 'added'
      const upload = await uploads.put(name, bytes, artifact)
      await this.#spread(name)
      const found = this.#reported(name)
      const serving = found.filter(({ state }) => state === 'serving')
      const active = serving.length > 0 && serving.every((plugin) => serves(plugin, artifact.stamp))
      return { action, upload, stamp: artifact.stamp, active, used_by: found.flatMap(({ used_by }) => used_by) }
    })
  }

  /** @throws `upload_in_use`, `upload_not_announced`, and what {@link Uploads.delete} throws */
  delete(name: string): Promise<void> {
    return this.#turns.take(async () => {
      const users = this.#reported(name).flatMap(({ used_by }) => used_by.map(({ api_id }) => api_id))
      if (users.length > 0) throw failure('upload_in_use', { name, apis: [...new Set(users)] })
      await this.#options.uploads.delete(name)
      await this.#spread(name)
    })
  }

  /** Has every gateway take over what is stored. This one does, even if it cannot reach the others. */
  async #spread(name: string): Promise<void> {
    const told = await Promise.allSettled([this.#options.announce()])
    await this.#options.reload()
    if (told[0].status === 'rejected') throw failure('upload_not_announced', { name }, told[0].reason)
  }

  #reported(name: string): ReportedPlugin[] {
    const { registry, apis } = this.#options
    return reportPlugins(registry, apis()).filter(({ path }) => path === uploadPath(name))
  }
}

function serves({ sha256, problem, used_by }: ReportedPlugin, stamp: Stamp): boolean {
  return sha256 === stamp.sha256 && problem === undefined && used_by.every(({ quarantined }) => quarantined === undefined)
}
