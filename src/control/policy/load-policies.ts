import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import { show } from '../../json/describe-issue.ts'
import { isJsonObject } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import type { Policies, Policy } from '../../session/policy/policy.ts'
import { type ReadPolicyOptions, readPolicy } from './read-policy.ts'

/** `policies` of gateway.conf. */
export interface PolicySettings {
  readonly policy_source: 'file' | ''
  readonly policy_path: string
  readonly policy_record_name: string
  readonly allow_explicit_policy_id: boolean
}

export interface PolicyFailure {
  readonly file: string
  readonly error: Error
  /** The version before it is still applied. */
  readonly kept: boolean
}

/** A policy, and the file that it is from. */
export interface FiledPolicy {
  readonly policy: Policy
  readonly file: string
  readonly warnings: readonly string[]
}

export interface LoadedPolicies {
  readonly policies: Policies
  readonly failed: readonly PolicyFailure[]
  /** By where they are from: a file, or an entry of one. */
  readonly filed: ReadonlyMap<string, FiledPolicy>
}

export const NO_POLICIES: LoadedPolicies = { policies: new Map(), failed: [], filed: new Map() }

/** A policy before it is read. */
interface Source {
  /** Where it is from: what is called the same at the next load has taken its place. */
  readonly place: string
  readonly file: string
  readonly id?: string
  /** @throws where it cannot be had */
  readonly json: () => Promise<unknown>
}

/**
 * Reads the policies. One that is wrong, or wants the id of an earlier one, fails alone, and the version of it that was good
 * before stays.
 *
 * @throws `policies_unreadable`
 */
export async function loadPolicies(settings: PolicySettings, previous: LoadedPolicies = NO_POLICIES): Promise<LoadedPolicies> {
  const loading = new LoadingPolicies(settings, previous)
  const { policy_source: source, policy_path: folder, policy_record_name: record } = settings
  if (source === 'file' && folder !== '') await loading.addFolder(folder)
  else if (source === 'file' && record !== '') await loading.addRecord(record)
  return loading.result()
}

class LoadingPolicies {
  readonly #settings: PolicySettings
  readonly #previous: LoadedPolicies
  readonly #filed = new Map<string, FiledPolicy>()
  readonly #placeOf = new Map<string, string>()
  readonly #broken: { place: string; file: string; error: Error }[] = []

  constructor(settings: PolicySettings, previous: LoadedPolicies) {
    this.#settings = settings
    this.#previous = previous
  }

  async addFolder(folder: string): Promise<void> {
    for (const name of await jsonFiles(folder)) {
      const file = join(folder, name)
      await this.#add({ place: file, file, json: async () => parseJson(await readFile(file, 'utf8'), file) })
    }
  }

  /** One file with all of them, by id. */
  async addRecord(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch((error) => {
      throw failure('policies_unreadable', { place: file, reason: reasonOf(error), key: 'policies.policy_record_name' }, error)
    })
    try {
      const record = parseJson(text, file)
      if (!isJsonObject(record)) {
        throw failure('policy_invalid', { file, problems: [`expected an object, policies by id, found ${show(record)}`] })
      }
      for (const [id, json] of Object.entries(record)) await this.#add({ ...entryOf(file, id), json: async () => json })
    } catch (error) {
      const places = [...this.#previous.filed].filter(([, filed]) => filed.file === file).map(([place]) => place)
      for (const place of places.length > 0 ? places : [file]) this.#broken.push({ place, file, error: error as Error })
    }
  }

  async #add({ place, file, id, json }: Source): Promise<void> {
    const options: ReadPolicyOptions = { file: place, explicitId: this.#settings.allow_explicit_policy_id, ...(id && { id }) }
    try {
      this.#claim(place, { file, ...readPolicy(await json(), options) })
    } catch (error) {
      this.#broken.push({ place, file, error: error as Error })
    }
  }

  #claim(place: string, filed: FiledPolicy): void {
    const { id } = filed.policy
    const other = this.#placeOf.get(id)
    if (other !== undefined) {
      const problem = `id: "${id}" is the id of "${other}" already; choose another`
      throw failure('policy_invalid', { file: place, problems: [problem] })
    }
    this.#keep(place, filed)
  }

  #keep(place: string, filed: FiledPolicy): void {
    this.#filed.set(place, filed)
    this.#placeOf.set(filed.policy.id, place)
  }

  result(): LoadedPolicies {
    const failed = new Map<Error, PolicyFailure>()
    for (const { place, file, error } of this.#broken) {
      const before = this.#previous.filed.get(place)
      const kept = before !== undefined && !this.#placeOf.has(before.policy.id)
      if (kept) this.#keep(place, before)
      failed.set(error, { file, error, kept })
    }
    const policies = new Map([...this.#filed.values()].map(({ policy }) => [policy.id, policy]))
    return { policies, failed: [...failed.values()], filed: this.#filed }
  }
}

function entryOf(file: string, id: string): { place: string; file: string; id: string } {
  return { place: `${file}: ${JSON.stringify(id)}`, file, id }
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    throw failure('policies_unreadable', { place: folder, reason: reasonOf(error), key: 'policies.policy_path' }, error)
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file or folder' : textOf(error)
}
