import { failure } from '../../../errors.ts'
import type { ApiDefinition, Plugin } from '../../contract/index.ts'
import type { LoadedExport } from '../../loader.ts'
import type { ConfigIssue, UseSetup } from '../protocol.ts'

/** One use of an export in this worker. */
export interface WorkerUse {
  readonly handler: Plugin
  readonly config: unknown
  readonly definition: ApiDefinition
}

/** The uses whose calls come to this worker. */
export class WorkerUses {
  readonly #exports: ReadonlyMap<string, LoadedExport>
  readonly #uses = new Map<number, Promise<WorkerUse>>()

  constructor(exports: ReadonlyMap<string, LoadedExport>) {
    this.#exports = exports
  }

  /** The use of that number; `setup` comes with its first call. */
  get(id: number, setup: UseSetup | null): Promise<WorkerUse> {
    const known = this.#uses.get(id)
    if (known) return known
    if (!setup) return Promise.reject(failure('worker_misunderstood', { what: `there is no use ${id}` }))
    const use = this.#prepare(setup)
    this.#uses.set(id, use)
    return use
  }

  forget(id: number): void {
    this.#uses.delete(id)
  }

  /** What the schema of an export has against a configuration. */
  async validate(name: string, config: unknown): Promise<readonly ConfigIssue[]> {
    const { issues } = await this.#configure(this.#find(name), config)
    return issues
  }

  async #prepare({ export: name, config, definition }: UseSetup): Promise<WorkerUse> {
    const found = this.#find(name)
    const { issues, value } = await this.#configure(found, config)
    const [issue] = issues
    if (issue) throw failure('worker_config_refused', { plugin: name, reason: issue.message })
    return { handler: found.handler, config: value, definition: deepFreeze(definition) }
  }

  #find(name: string): LoadedExport {
    const found = this.#exports.get(name)
    if (!found) throw failure('worker_misunderstood', { what: `there is no export "${name}"` })
    return found
  }

  async #configure({ options }: LoadedExport, config: unknown): Promise<{ issues: ConfigIssue[]; value: unknown }> {
    const schema = options?.config
    if (!schema) return { issues: [], value: deepFreeze(config) }
    const result = await schema['~standard'].validate(config)
    return result.issues ? { issues: result.issues.map(plainIssue), value: undefined } : { issues: [], value: result.value }
  }
}

type Segment = PropertyKey | { readonly key: PropertyKey }

function plainIssue({ message, path }: { message: string; path?: readonly Segment[] | undefined }): ConfigIssue {
  const keys = (path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment))
  return { message, path: keys.map((key) => (typeof key === 'symbol' ? String(key) : key)) }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  Object.values(value).forEach(deepFreeze)
  return value
}
