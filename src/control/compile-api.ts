import type { Logger } from '../log.ts'
import type { Api } from '../request/chain/api.ts'
import { Chain } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Step } from '../request/chain/step.ts'
import { proxy } from '../request/proxy/proxy.ts'
import { tunnel } from '../request/proxy/tunnel.ts'
import type { Upstreams } from '../request/proxy/upstream.ts'
import type { SessionKeeper } from '../request/steps/session/session-keeper.ts'
import { aroundAuthCheck } from '../request/steps/session/step.ts'
import type { GatewayTools, StepTools } from '../request/steps/step-kind.ts'
import type { Definition } from './definition/definition.ts'
import type { LoadedDefinition } from './definition/load.ts'
import { type CompiledUse, type PluginTools, StepCompiler } from './step-compiler.ts'

/** What an API is compiled with. */
export interface ApiTools extends PluginTools {
  readonly log: Logger
  readonly upstreams: Upstreams
  readonly sessions: SessionKeeper
  /** What built-in steps are made with. */
  readonly steps: GatewayTools
  readonly proxyTimeoutMs: number
  readonly maxPluginBody: number
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
  const releases: (() => void | Promise<void>)[] = [() => compiler.release()]
  const releaseAll = async () => {
    await Promise.all(releases.map((release) => release()))
  }
  try {
    const stepTools: StepTools = {
      ...tools.steps,
      sessions: tools.steps.sessions.of(definition.orgId),
      apiId: definition.apiId,
      orgId: definition.orgId,
      log,
      onRelease: (release) => void releases.push(release),
    }
    const { chain, responseChain } = loaded.outage
      ? { chain: new Chain([compiler.refusal(loaded.outage)], forward), responseChain: null }
      : await compileChains(definition, compiler, { sessions: tools.sessions, steps: stepTools })
    const upstream = tools.upstreams.open({
      target: definition.targetUrl,
      timeoutMs: tools.proxyTimeoutMs,
      connectTimeoutMs: tools.proxyTimeoutMs,
    })
    releases.push(() => tools.upstreams.close(upstream))
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
        if (snapshots === 0) await releaseAll()
      },
    }
  } catch (error) {
    await releaseAll()
    throw error
  }
}

async function compileChains(
  { hooks, authCheck, authCheckProvides, version }: Definition,
  compiler: StepCompiler,
  { sessions, steps: tools }: { sessions: SessionKeeper; steps: StepTools },
): Promise<{ chain: Chain; responseChain: Chain | null }> {
  const around = aroundAuthCheck(sessions, authCheckProvides)
  const steps: Step[] = [
    ...(await compiler.steps(hooks.pre, 'pre')),
    ...(authCheck ? [around.before, await compiler.step(authCheck, 'auth_check'), around.after] : []),
    ...(await compiler.steps(hooks.postKeyAuth, 'post_key_auth')),
    ...(await compiler.steps(hooks.post, 'post')),
    ...(await compiler.steps(hooks.response, 'response')),
    ...(version.pathPlugins.length > 0 ? [await compiler.pathStep(version.pathPlugins)] : []),
    ...version.steps.flatMap((open) => open(tools)),
  ]
  return { chain: Chain.ofRequest(steps, forward), responseChain: Chain.ofResponse(steps) }
}

function forward(exchange: Exchange): void | Promise<void> {
  const send = exchange.upgrade ? tunnel : proxy
  return exchange.trace ? exchange.trace.runProxy(() => send(exchange)) : send(exchange)
}
