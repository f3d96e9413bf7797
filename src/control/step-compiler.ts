import { failure, isFailure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { configure } from '../plugin/configure.ts'
import type { AnalyticsPlugin } from '../plugin/contract/analytics.ts'
import type { ApiDefinition } from '../plugin/contract/api-definition.ts'
import { reportFault } from '../plugin/fault-report.ts'
import type { Isolation } from '../plugin/isolation/isolation.ts'
import type { LoadedArtifact } from '../plugin/loader.ts'
import { PathStep } from '../plugin/path-step.ts'
import type { PluginMeters } from '../plugin/plugin-meter.ts'
import type { Hook, PluginState } from '../plugin/plugin-state.ts'
import type { PluginStates, StateLease } from '../plugin/plugin-states.ts'
import { PluginStep, type PluginStepOptions } from '../plugin/plugin-step.ts'
import { QuarantinedStep } from '../plugin/quarantined-step.ts'
import { RECORDS, RecordPlugin } from '../plugin/record-plugin.ts'
import { RecordPluginList } from '../plugin/record-plugins.ts'
import type { ArtifactLease, PluginRegistry } from '../plugin/registry.ts'
import type { StackMapper } from '../plugin/stack.ts'
import type { Phase } from '../request/chain/phases.ts'
import type { Step } from '../request/chain/step.ts'
import { RuleSet } from '../request/rules/rule-set.ts'
import type { AllSessions } from '../request/steps/session/sessions.ts'
import type { PathPlugin, PluginUse } from './definition/definition.ts'
import { type LoadedDefinition, sourceOf } from './definition/read-texts.ts'

/** What plugins are made into steps with. */
export interface PluginTools {
  readonly registry: PluginRegistry
  readonly states: PluginStates
  readonly stacks: StackMapper
  readonly allSessions: AllSessions
  /** Where calls of plugins are measured; null where nobody wants to know. */
  readonly meters: PluginMeters | null
}

/** One use of a plugin in an API. */
export interface CompiledUse {
  readonly name: string
  readonly hook: Hook
  /** The artifact, absolute. */
  readonly file: string
  readonly isolation: Isolation
  /** JSON path of the entry in the definition. */
  readonly field: string
  /** What the file was loaded as; null where it is not. */
  readonly loaded: LoadedArtifact | null
  /** Why the plugin is not loaded; null if it is. */
  readonly quarantined: string | null
  readonly state: PluginState
}

/** A use of a plugin that is loaded: what its calls need, whatever the hook. */
type LoadedUse = Omit<PluginStepOptions, 'hook' | 'sessions' | 'definition'>

type Named = Pick<PluginUse, 'name' | 'file' | 'isolation' | 'field' | 'breaker'>

/** Where there is nothing to keep calls from. */
const NO_BREAKER: PluginUse['breaker'] = { maxErrors: 0, windowMs: 0, cooldownMs: 0 }

/** Makes the plugins of one definition into steps, and remembers what they hold. */
export class StepCompiler {
  readonly #loaded: LoadedDefinition
  readonly #log: Logger
  readonly #tools: PluginTools
  readonly #leases: (ArtifactLease | StateLease)[] = []
  readonly uses: CompiledUse[] = []

  constructor(loaded: LoadedDefinition, log: Logger, tools: PluginTools) {
    this.#loaded = loaded
    this.#log = log
    this.#tools = tools
  }

  async steps(uses: readonly PluginUse[], hook: Phase): Promise<Step[]> {
    const steps: Step[] = []
    for (const use of uses) steps.push(await this.step(use, hook))
    return steps
  }

  async pathStep(uses: readonly PathPlugin[]): Promise<Step> {
    const entries = []
    for (const use of uses) {
      entries.push({ method: use.method, rule: use.rule, value: await this.step(use, 'path') })
    }
    return new PathStep(new RuleSet(entries))
  }

  async step(use: PluginUse, hook: Phase): Promise<Step> {
    const { raw, definition } = this.#loaded
    const loaded = await this.#load(use, hook)
    if ('reason' in loaded) return new QuarantinedStep(use.name, hook, loaded.reason)
    const sessions = this.#tools.allSessions.of(definition.orgId)
    return new PluginStep({ ...loaded, hook, sessions, definition: raw as ApiDefinition })
  }

  /** The plugins that see records; null where there are none. One that is not loaded fails for every record. */
  async recordPlugins(uses: readonly PluginUse[]): Promise<RecordPluginList | null> {
    const { apiId } = this.#loaded.definition
    const plugins: Pick<RecordPlugin, 'change'>[] = []
    for (const use of uses) {
      const loaded = await this.#load(use, RECORDS)
      const handler = 'reason' in loaded ? null : (loaded.handler as unknown as AnalyticsPlugin)
      if (handler) plugins.push(new RecordPlugin({ ...(loaded as LoadedUse), apiId, handler }))
      else if (use.onError === 'fail') plugins.push({ change: () => null })
    }
    return plugins.length > 0 ? new RecordPluginList(plugins) : null
  }

  /** The plugin of a use, ready to be called, or why it is not. */
  async #load(use: PluginUse, hook: Hook): Promise<LoadedUse | { readonly reason: string }> {
    const { file } = this.#loaded
    try {
      const lease = await this.#tools.registry.acquire(use.file, use.isolation)
      this.#leases.push(lease)
      const found = lease.loaded.exports.get(use.name)
      if (!found) throw failure('plugin_export_missing', missingExport(use, lease.loaded.exports))
      const config = await configure(found, use.config, { file, field: use.field })
      const { owner, artifact } = lease.loaded
      const state = this.#note(use, hook, { loaded: lease.loaded, quarantined: null })
      const report: LoadedUse['report'] = (log, error, thrown) => reportFault(this.#tools.stacks, artifact, log, error, thrown)
      return {
        name: use.name,
        handler: found.handler,
        owner,
        config,
        onError: use.onError,
        timeoutMs: use.timeoutMs,
        state,
        report,
        meter: this.#tools.meters?.of({ apiId: this.#loaded.definition.apiId, hook, name: use.name, path: use.path }) ?? null,
      }
    } catch (error) {
      if (isFailure(error, 'plugin_config_invalid')) throw error
      return { reason: this.#quarantine(use, hook, error) }
    }
  }

  /** Refuses every request, because there is no good version of a bundle. */
  refusal(outage: Error): Step {
    const field = 'custom_middleware_bundle'
    const name = String(sourceOf(this.#loaded)[field])
    const use = { name, path: name, file: name, isolation: 'inline' as const, field, breaker: NO_BREAKER }
    return new QuarantinedStep(name, 'pre', this.#quarantine(use, 'pre', outage))
  }

  #note(use: Named, hook: Hook, { loaded, quarantined }: Pick<CompiledUse, 'loaded' | 'quarantined'>): PluginState {
    const { name, file, isolation, field, breaker: limits } = use
    const apiId = this.#loaded.definition.apiId
    const script = loaded?.owner.script ?? ''
    const lease = this.#tools.states.open({ name, hook, apiId, field, script }, limits, this.#log)
    this.#leases.push(lease)
    this.uses.push({ name, hook, file, isolation, field, loaded, quarantined, state: lease.state })
    return lease.state
  }

  /** Why a use is not loaded. */
  #quarantine(use: Named & Pick<PluginUse, 'path'>, hook: Hook, error: unknown): string {
    const reason = textOf(error)
    this.#note(use, hook, { loaded: null, quarantined: reason })
    this.#log.error({ err: error, plugin: use.name, hook, path: use.path, field: use.field }, reason)
    return reason
  }

  async release(): Promise<void> {
    await Promise.all(this.#leases.map((lease) => lease.release()))
  }
}

/** What an artifact has in place of the function that a use names, for messages. */
export function missingExport(use: PluginUse, exports: ReadonlyMap<string, unknown>) {
  const names = [...exports.keys()].map((name) => `"${name}"`)
  return { plugin: use.name, path: use.path, found: names.length > 0 ? names.join(', ') : 'no function' }
}
