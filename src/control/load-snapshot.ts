import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Api } from '../request/chain/api.ts'
import { Breather } from './breather.ts'
import { type ApiTools, type CompiledApi, compileApi } from './compile-api.ts'
import type { Config } from './config/schema.ts'
import { definitionOptions } from './definition/definition-options.ts'
import { type LoadedDefinitions, loadDefinitions, readDefinitions } from './definition/load.ts'
import type { BundleSource } from './definition/read-bundles.ts'
import {
  type DefinitionFailure,
  type DefinitionText,
  type LoadedDefinition,
  type ReadTextsOptions,
  sourceOf,
} from './definition/read-texts.ts'
import { isReference } from './definition/resolve-references.ts'
import { type LoadedPolicies, loadPolicies } from './policy/load-policies.ts'
import type { QuarantinedPlugin, ReloadFailure, ReloadReport } from './reload.ts'
import { type Observer, Snapshot } from './snapshot.ts'
import { byFile, UnchangedApis } from './unchanged-apis.ts'

export interface LoadSnapshotOptions {
  readonly config: Config
  /** Where definitions come from; the files of `app_path` unless given. */
  readonly definitions?: (() => Promise<readonly DefinitionText[]>) | undefined
  readonly tools: ApiTools
  readonly bundles: BundleSource
  /** Where definitions may have secrets from. */
  readonly env: NodeJS.ProcessEnv
  readonly observer: Observer | null
  readonly previous: Snapshot
  readonly previousPolicies: LoadedPolicies
}

/** What has been built, to take the place of what there was. */
export interface LoadedSnapshot {
  readonly next: Snapshot
  readonly policies: LoadedPolicies
  readonly report: ReloadReport
}

/**
 * Builds the world that the definitions describe. A definition that fails, fails alone, and the version of it that
 * served before goes on serving.
 *
 * @throws if the definitions or the policies cannot be read at all; nothing is changed then.
 */
export async function loadSnapshot(options: LoadSnapshotOptions): Promise<LoadedSnapshot> {
  const { config, tools, observer, previous } = options
  const policies = await loadPolicies(config.policies, options.previousPolicies)
  const breather = new Breather()
  const unchanged = new UnchangedApis(previous, tools.registry)
  const { loaded, failed, warnings } = await load(options, {
    breather,
    unchanged: (file, text) => unchanged.find(file, text),
  })
  for (const warning of warnings) tools.log.warn(warning)
  const world = new WorldInTheMaking(options)
  for (const definition of loaded) {
    await world.add(definition)
    await breather.breathe()
  }
  world.keepPrevious(failed)
  const next = new Snapshot(world.apis, { strict: config.http_server_options.enable_strict_routes, observer })
  const failures = [...world.failures, ...announcePolicies(policies, options)]
  const quarantined = next.apis.flatMap(quarantinedIn)
  tools.registry.forgetOthers(new Set(next.apis.flatMap(({ uses }) => uses.map(({ file }) => file))))
  announce(next, previous)
  for (const { api, loaded } of next.apis) warnOfMissing(api, loaded, next)
  tools.log.info(
    { apis: next.apis.length, policies: policies.policies.size, failed: failures.length, quarantined: quarantined.length },
    'APIs loaded',
  )
  return { next, policies, report: { apis: next.apis.length, failed: failures, quarantined } }
}

async function load(
  { config, definitions, bundles, env }: LoadSnapshotOptions,
  how: Pick<ReadTextsOptions, 'breather' | 'unchanged'>,
): Promise<LoadedDefinitions> {
  const options = { ...definitionOptions(config, env), bundles, ...how }
  if (definitions) return await readDefinitions(await definitions(), options)
  return await loadDefinitions({ folder: config.app_path, ...options })
}

/** Says what is wrong with policies, warnings only where they are new. */
function announcePolicies(loaded: LoadedPolicies, { tools, previousPolicies: previous }: LoadSnapshotOptions): ReloadFailure[] {
  for (const [place, { warnings }] of loaded.filed) {
    const before = previous.filed.get(place)?.warnings ?? []
    for (const warning of warnings) if (!before.includes(warning)) tools.log.warn({ file: place }, warning)
  }
  return loaded.failed.map(({ file, error, kept }) => {
    tools.log.error({ err: error, file }, `${textOf(error)}${kept ? '; the version before it stays in use' : ''}`)
    return { kind: 'policy', file, apiId: null, error, kept }
  })
}

function quarantinedIn({ file, uses }: CompiledApi): QuarantinedPlugin[] {
  return uses.flatMap(({ field, quarantined }) => (quarantined === null ? [] : [{ file, field, reason: quarantined }]))
}

/** Says which versions of an API are other APIs that are not there. */
function warnOfMissing(api: Api, { definition: { versioning } }: LoadedDefinition, { directory }: Snapshot): void {
  for (const [version, choice] of versioning?.versions ?? []) {
    if (typeof choice === 'number' || directory.find(choice.apiId)) continue
    api.log.warn(failure('version_api_missing', { version, apiId: choice.apiId }).message)
  }
}

/** More lines than this say less than the count alone. */
const MOST_ANNOUNCED = 50

/** Says what is served that was not before. */
function announce(next: Snapshot, previous: Snapshot): void {
  const before = new Set(previous.apis.map(({ api }) => api.id))
  const added = next.apis.filter(({ api }) => !before.has(api.id))
  if (added.length > MOST_ANNOUNCED) return
  for (const { api, loaded } of added) {
    const { domain, listenPath: listen_path, upstream } = api
    const { internal } = loaded.definition
    const { target_url: written } = sourceOf(loaded).proxy as { target_url?: unknown }
    // What a reference stands for may be a secret.
    const target_url = isReference(written) ? written : upstream.url.href
    api.log.info({ ...(domain && { domain }), ...(internal ? { internal } : { listen_path }), target_url }, 'API added')
  }
}

class WorldInTheMaking {
  readonly apis: CompiledApi[] = []
  readonly failures: ReloadFailure[] = []
  readonly #tools: ApiTools
  readonly #previous: ReadonlyMap<string, CompiledApi>
  readonly #log: Logger
  readonly #notCompiled: DefinitionFailure[] = []

  constructor({ tools, previous }: LoadSnapshotOptions) {
    this.#tools = tools
    this.#previous = byFile(previous)
    this.#log = tools.log
  }

  async add(loaded: LoadedDefinition): Promise<void> {
    const { file, definition, stale, outage } = loaded
    try {
      if (outage && this.#isGood(file)) throw outage
      const before = this.#before(file)
      this.apis.push(before?.loaded === loaded ? before : await compileApi(loaded, this.#tools))
      for (const error of stale) this.#report({ kind: 'definition', file, apiId: definition.apiId, error, kept: true })
      for (const warning of loaded.warnings) this.#warnOnce(loaded, warning)
    } catch (error) {
      this.#notCompiled.push({ file, apiId: definition.apiId, error: error as Error })
    }
  }

  /** The last good versions of definitions that fail now stay, unless others have taken their places meanwhile. */
  keepPrevious(failed: readonly DefinitionFailure[]): void {
    for (const { file, apiId, error } of [...failed, ...this.#notCompiled]) {
      const before = this.#before(file)
      const kept = before !== undefined && !this.apis.some(({ loaded }) => collide(loaded, before.loaded))
      if (kept) this.apis.push(before)
      this.#report({ kind: 'definition', file, apiId, error, kept })
    }
  }

  #before(file: string): CompiledApi | undefined {
    return this.#previous.get(file)
  }

  /** Whether a file's API serves now. */
  #isGood(file: string): boolean {
    return this.#before(file)?.loaded.outage === null
  }

  #report(failure: ReloadFailure): void {
    this.failures.push(failure)
    const { file, apiId, error, kept } = failure
    const outcome = kept ? '; the version before it stays in use' : ''
    this.#log.error({ err: error, file, api_id: apiId }, `${textOf(error)}${outcome}`)
  }

  #warnOnce({ file, definition }: LoadedDefinition, warning: string): void {
    if (!this.#before(file)?.loaded.warnings.includes(warning)) this.#log.warn({ api_id: definition.apiId, file }, warning)
  }
}

/** Whether two definitions want the same for themselves alone. */
function collide({ definition: a }: LoadedDefinition, { definition: b }: LoadedDefinition): boolean {
  const path = (listenPath: string) => listenPath.replace(/\/$/, '')
  if (a.apiId === b.apiId) return true
  return !a.internal && !b.internal && a.domain === b.domain && path(a.listenPath) === path(b.listenPath)
}
