import { failure, isFailure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { configure } from '../plugin/configure.ts'
import { reportFault } from '../plugin/fault-report.ts'
import type { Isolation } from '../plugin/isolation/isolation.ts'
import { PathStep } from '../plugin/path-step.ts'
import type { PluginState } from '../plugin/plugin-state.ts'
import type { PluginStates, StateLease } from '../plugin/plugin-states.ts'
import { PluginStep } from '../plugin/plugin-step.ts'
import { QuarantinedStep } from '../plugin/quarantined-step.ts'
import type { ArtifactLease, PluginRegistry } from '../plugin/registry.ts'
import type { StackMapper } from '../plugin/stack.ts'
import type { Api } from '../request/chain/api.ts'
import { Chain } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Phase } from '../request/chain/phases.ts'
import type { Step } from '../request/chain/step.ts'
import { proxy } from '../request/proxy/proxy.ts'
import { tunnel } from '../request/proxy/tunnel.ts'
import type { Upstreams } from '../request/proxy/upstream.ts'
import type { SessionKeeper } from '../request/steps/session/session-keeper.ts'
import { SessionStep } from '../request/steps/session/step.ts'
import type { Definition, PluginUse } from './definition/definition.ts'
import type { LoadedDefinition } from './definition/load.ts'

/** What an API is compiled with. */
export interface ApiTools {
  readonly log: Logger
  readonly registry: PluginRegistry
  readonly states: PluginStates
  readonly upstreams: Upstreams
  readonly sessions: SessionKeeper
  readonly stacks: StackMapper
  readonly proxyTimeoutMs: number
  readonly maxPluginBody: number
}

/** One use of a plugin in an API. */
export interface CompiledUse {
  readonly name: string
  readonly hook: Phase
  /** The artifact, absolute. */
  readonly file: string
  readonly isolation: Isolation
  /** JSON path of the entry in the definition. */
  readonly field: string
  /** Why the plugin is not loaded; null if it is. */
  readonly quarantined: string | null
  readonly state: PluginState
}

/** An API and what it holds on to. */
export interface CompiledApi {
  readonly api: Api
  readonly file: string
  /** What it was compiled from. */
  readonly loaded: LoadedDefinition
  readonly uses: readonly CompiledUse[]
  /** Notes a snapshot that serves it: a reload may carry it over. */
  retain(): void
  /** Notes that a snapshot serves it no more; the last one to do so gives back artifacts and connections. */
  release(): Promise<void>
}

/** Turns a definition into an API that serves. A plugin that cannot be loaded is quarantined: only its hook fails. */
export async function compileApi(loaded: LoadedDefinition, tools: ApiTools): Promise<CompiledApi> {
  const { definition, file } = loaded
  const log = tools.log.child({ api_id: definition.apiId, api_name: definition.name })
  const compiler = new StepCompiler(loaded, log, tools)
  try {
    const { chain, responseChain } = loaded.outage
      ? { chain: new Chain([compiler.refusal(loaded.outage)], forward), responseChain: null }
      : await compileChains(definition, compiler, tools)
    const upstream = tools.upstreams.open({
      target: definition.targetUrl,
      timeoutMs: tools.proxyTimeoutMs,
      connectTimeoutMs: tools.proxyTimeoutMs,
    })
    const api: Api = {
      id: definition.apiId,
      name: definition.name,
      orgId: definition.orgId,
      domain: definition.domain,
      listenPath: definition.listenPath,
      stripListenPath: definition.stripListenPath,
      preserveHost: definition.preserveHostHeader,
      maxPluginBody: tools.maxPluginBody,
      upstream,
      chain,
      responseChain,
      log,
    }
    let snapshots = 0
    return {
      api,
      file,
      loaded,
      uses: compiler.uses,
      retain: () => {
        snapshots += 1
      },
      release: async () => {
        snapshots -= 1
        if (snapshots === 0) await Promise.all([tools.upstreams.close(upstream), compiler.release()])
      },
    }
  } catch (error) {
    await compiler.release()
    throw error
  }
}

async function compileChains(
  { hooks, authCheck, pathPlugins }: Definition,
  compiler: StepCompiler,
  { sessions }: ApiTools,
): Promise<{ chain: Chain; responseChain: Chain | null }> {
  const response = await compiler.steps(hooks.response, 'response')
  const chain = Chain.ofPhases(
    {
      pre: await compiler.steps(hooks.pre, 'pre'),
      auth_check: authCheck ? [await compiler.step(authCheck, 'auth_check'), new SessionStep(sessions)] : [],
      post_key_auth: await compiler.steps(hooks.postKeyAuth, 'post_key_auth'),
      path: pathPlugins.length > 0 ? [await compiler.pathStep(pathPlugins)] : [],
      post: await compiler.steps(hooks.post, 'post'),
    },
    forward,
  )
  return { chain, responseChain: response.length > 0 ? new Chain(response, () => {}) : null }
}

function forward(exchange: Exchange): void | Promise<void> {
  const send = exchange.upgrade ? tunnel : proxy
  return exchange.trace ? exchange.trace.runProxy(() => send(exchange)) : send(exchange)
}

type Named = Pick<PluginUse, 'name' | 'file' | 'isolation' | 'field' | 'breaker'>

/** Where there is nothing to keep calls from. */
const NO_BREAKER: PluginUse['breaker'] = { maxErrors: 0, windowMs: 0, cooldownMs: 0 }

/** Makes the plugins of one definition into steps, and remembers what they hold. */
class StepCompiler {
  readonly #loaded: LoadedDefinition
  readonly #log: Logger
  readonly #tools: ApiTools
  readonly #leases: (ArtifactLease | StateLease)[] = []
  readonly uses: CompiledUse[] = []

  constructor(loaded: LoadedDefinition, log: Logger, tools: ApiTools) {
    this.#loaded = loaded
    this.#log = log
    this.#tools = tools
  }

  async steps(uses: readonly PluginUse[], hook: Phase): Promise<Step[]> {
    const steps: Step[] = []
    for (const use of uses) steps.push(await this.step(use, hook))
    return steps
  }

  async pathStep(uses: Definition['pathPlugins']): Promise<Step> {
    const entries = []
    for (const use of uses) {
      const step = await this.step(use, 'path')
      entries.push({ method: use.method, matches: (path: string) => use.rule.matches(path), step })
    }
    return new PathStep(entries)
  }

  async step(use: PluginUse, hook: Phase): Promise<Step> {
    const { file, raw } = this.#loaded
    try {
      const lease = await this.#tools.registry.acquire(use.file, use.isolation)
      this.#leases.push(lease)
      const found = lease.loaded.exports.get(use.name)
      if (!found) throw missingExport(use, lease)
      const config = await configure(found, use.config, { file, field: use.field })
      const { owner } = lease.loaded
      const state = this.#note(use, hook, { script: owner.script, quarantined: null })
      return new PluginStep({
        name: use.name,
        hook,
        handler: found.handler,
        owner,
        config,
        onError: use.onError,
        timeoutMs: use.timeoutMs,
        state,
        definition: raw,
        report: (log, error, thrown) => reportFault(this.#tools.stacks, lease.loaded.artifact, log, error, thrown),
      })
    } catch (error) {
      if (isFailure(error, 'plugin_config_invalid')) throw error
      return this.#quarantine(use, hook, error)
    }
  }

  /** Refuses every request, because there is no good version of a bundle. */
  refusal(outage: Error): Step {
    const field = 'custom_middleware_bundle'
    const name = String(this.#loaded.raw[field])
    return this.#quarantine({ name, path: name, file: name, isolation: 'inline', field, breaker: NO_BREAKER }, 'pre', outage)
  }

  #note(use: Named, hook: Phase, { script, quarantined }: { script: string; quarantined: string | null }): PluginState {
    const { name, file, isolation, field, breaker: limits } = use
    const apiId = this.#loaded.definition.apiId
    const lease = this.#tools.states.open({ name, hook, apiId, field, script }, limits, this.#log)
    this.#leases.push(lease)
    this.uses.push({ name, hook, file, isolation, field, quarantined, state: lease.state })
    return lease.state
  }

  #quarantine(use: Named & Pick<PluginUse, 'path'>, hook: Phase, error: unknown): Step {
    const reason = textOf(error)
    this.#note(use, hook, { script: '', quarantined: reason })
    this.#log.error({ err: error, plugin: use.name, hook, path: use.path, field: use.field }, reason)
    return new QuarantinedStep(use.name, hook, reason)
  }

  async release(): Promise<void> {
    await Promise.all(this.#leases.map((lease) => lease.release()))
  }
}

function missingExport(use: PluginUse, { loaded }: ArtifactLease): Error {
  const names = [...loaded.exports.keys()].map((name) => `"${name}"`)
  const found = names.length > 0 ? names.join(', ') : 'no function'
  return failure('plugin_export_missing', { plugin: use.name, path: use.path, found })
}
