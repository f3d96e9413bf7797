import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failure } from '../../errors.ts'
import type { PolicyFields } from '../../session/policy/policy.ts'
import { deleteFile, isFileName, replaceFile, Turns } from '../replace-file.ts'
import type { FiledPolicy, LoadedPolicies, PolicySettings } from './load-policies.ts'
import { idOf } from './read-policy.ts'

export interface PolicyFilesOptions {
  readonly settings: PolicySettings
  readonly loaded: () => LoadedPolicies
}

/** The policies, for those who administer them: what is read is what is loaded, what is written is loaded at the next reload. */
export class PolicyFiles {
  readonly #options: PolicyFilesOptions
  readonly #turns = new Turns()

  constructor(options: PolicyFilesOptions) {
    this.#options = options
  }

  all(): readonly PolicyFields[] {
    return [...this.#options.loaded().policies.values()].map(({ id, fields }) => ({ ...fields, id }))
  }

  find(id: string): PolicyFields | undefined {
    const policy = this.#options.loaded().policies.get(id)
    return policy && { ...policy.fields, id }
  }

  /** What keys call a policy; '' where it does not say. */
  idOf(fields: PolicyFields): string {
    return idOf(fields, this.#options.settings.allow_explicit_policy_id)
  }

  /** @throws `policies_not_writable`, `policy_id_taken`, `admin_id_unfit`, `admin_file_not_written` */
  add(id: string, fields: PolicyFields): Promise<void> {
    return this.#turns.take(async () => {
      const file = this.#newFile(id)
      if (this.#fileOf(id) !== undefined) throw failure('policy_id_taken', undefined)
      await write(file, fields)
    })
  }

  /** @throws `policies_not_writable`, `policy_not_found`, `admin_file_not_written` */
  replace(id: string, fields: PolicyFields): Promise<void> {
    return this.#turns.take(async () => await write(this.#existing(id), fields))
  }

  /** @throws `policies_not_writable`, `policy_not_found`, `admin_file_not_deleted` */
  remove(id: string): Promise<void> {
    return this.#turns.take(async () => await deleteFile(this.#existing(id)))
  }

  #existing(id: string): string {
    const file = this.#fileOf(id)
    if (file === undefined) throw failure('policy_not_found', undefined)
    return file
  }

  /** The file of an id that is loaded, or has been written since. */
  #fileOf(id: string): string | undefined {
    const folder = this.#folder
    const filed: FiledPolicy | undefined = [...this.#options.loaded().filed.values()].find(({ policy }) => policy.id === id)
    const files = [filed?.file, isFileName(id) ? join(folder, `${id}.json`) : undefined]
    return files.find((file) => file !== undefined && existsSync(file))
  }

  #newFile(id: string): string {
    const folder = this.#folder
    if (!isFileName(id)) throw failure('admin_id_unfit', undefined)
    return join(folder, `${id}.json`)
  }

  get #folder(): string {
    const { policy_source: source, policy_path: folder } = this.#options.settings
    if (source !== 'file' || folder === '') throw failure('policies_not_writable', undefined)
    return folder
  }
}

async function write(file: string, fields: PolicyFields): Promise<void> {
  await replaceFile(file, `${JSON.stringify(fields, null, 2)}\n`)
}
