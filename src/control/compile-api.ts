import type { Logger } from '../log.ts'
import type { Api, ApiVersion } from '../request/chain/api.ts'
import { Chain } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import { precedesVersion } from '../request/chain/phases.ts'
import type { RecordingSettings } from '../request/chain/recording.ts'
import type { Step } from '../request/chain/step.ts'
import { RequestEvents } from '../request/events/request-events.ts'
import { proxy } from '../request/proxy/proxy.ts'
import { tunnel } from '../request/proxy/tunnel.ts'
import type { SessionKeeper } from '../request/steps/session/session-keeper.ts'
import { aroundAuthCheck } from '../request/steps/session/step.ts'
import type { GatewayTools, StepTools } from '../request/steps/step-kind.ts'
import type { OpenUpstream } from '../request/steps/url-rewrite/other-upstreams.ts'
import { VersionStep } from '../request/steps/version/step.ts'
import type { OtherApi, Versioning } from '../request/steps/version/versioning.ts'
import type { Upstream, Upstreams } from '../request/upstream/upstream.ts'
import type { UpstreamPlan } from '../request/upstream/upstream-plan.ts'
import { type CompiledRecording, compileRecording, NO_RECORDED_PATHS } from './compile-recording.ts'
import type { Definition, DefinitionVersion } from './definition/definition.ts'
import type { LoadedDefinition } from './definition/read-texts.ts'
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
  readonly recording: RecordingSettings
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
  let recordsDone = async () => {}
  const releases: (() => void | Promise<void>)[] = [() => recordsDone().then(() => compiler.release())]
  const releaseAll = async () => {
    await Promise.all(releases.map((release) => release()))
  }
  try {
    const stepTools: StepTools = {
      ...tools.steps,
      apiId: definition.apiId,
      orgId: definition.orgId,
      sessions: tools.allSessions.of(definition.orgId),
      log,
      keeper: tools.sessions,
      openUpstream: (target) => openElsewhere(target, definition, tools),
      onRelease: (release) => void releases.push(release),
    }
    const kept = ({ upstream: opened, close }: OpenUpstream) => {
      releases.push(close)
      return opened
    }
    const upstream = kept(openUpstream(definition.upstream, definition, tools))
    await upstream.ready
    const recording = await compileRecording(definition, compiler, tools.recording)
    recordsDone = recording.idle
    const openTarget = (url: URL) => kept(openElsewhere(url, definition, tools))
    const served = loaded.outage
      ? {
          version: '',
          upstream,
          chain: new Chain([compiler.refusal(loaded.outage)], forward),
          responseChain: null,
          recording: recording.of(NO_RECORDED_PATHS),
        }
      : await compileVersions(definition, compiler, {
          sessions: tools.sessions,
          steps: stepTools,
          upstream,
          open: openTarget,
          recording,
        })
    const api: Api = {
      id: definition.apiId,
      name: definition.name,
      orgId: definition.orgId,
      domain: definition.domain,
      listenPath: definition.listenPath,
      listenPrefix: definition.listenPath.replace(/\/$/, ''),
      keyless: definition.useKeyless,
      stripListenPath: definition.stripListenPath,
      preserveHost: definition.preserveHostHeader,
      maxPluginBody: tools.maxPluginBody,
      ...served,
      log,
      events: new RequestEvents(log),
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

function openUpstream(
  plan: UpstreamPlan,
  { apiId }: Definition,
  { upstreams, proxyTimeoutMs: timeoutMs }: ApiTools,
): OpenUpstream {
  const upstream = upstreams.open(plan, { apiId, timeoutMs })
  return { upstream, close: () => upstream.close() }
}

/** Where versions and rewrites lead in place of the target is one place; how it is reached is up to the API. */
function openElsewhere(url: URL, definition: Definition, tools: ApiTools): OpenUpstream {
  return openUpstream({ ...definition.upstream, url, balancing: null, tests: [], discovery: null }, definition, tools)
}

interface VersionTools {
  readonly sessions: SessionKeeper
  readonly steps: StepTools
  /** The API's own upstream. */
  readonly upstream: Upstream
  /** Opens that of a version. */
  open(target: URL): Upstream
  readonly recording: CompiledRecording
}

/** What serves the API: its version, or what finds out which one a request wants. */
async function compileVersions(definition: Definition, compiler: StepCompiler, tools: VersionTools): Promise<ApiVersion> {
  const { versions, versioning } = definition
  const hooks = await compileHooks(definition, compiler, tools)
  const [first, ...rest] = versions
  const steps = await compileSteps(first, hooks, compiler, tools)
  if (!versioning) return toVersion(first, steps, tools)
  const compiled = [toVersion(first, withoutEarly(steps), tools)]
  for (const version of rest) {
    compiled.push(toVersion(version, withoutEarly(await compileSteps(version, hooks, compiler, tools)), tools))
  }
  const step = new VersionStep(numbersToVersions(versioning, compiled))
  const chain = Chain.ofRequest([...steps.filter(precedesVersion), step], forward)
  const recording = tools.recording.of(NO_RECORDED_PATHS)
  return { version: '', upstream: tools.upstream, chain, responseChain: null, recording }
}

function withoutEarly(steps: readonly Step[]): Step[] {
  return steps.filter((step) => !precedesVersion(step))
}

function numbersToVersions(versioning: Versioning<number>, versions: readonly ApiVersion[]): Versioning<ApiVersion> {
  const { defaultVersion, own } = versioning
  const numbered = (choice: number | OtherApi) => (typeof choice === 'number' ? (versions[choice] as ApiVersion) : choice)
  return {
    ...versioning,
    versions: new Map([...versioning.versions].map(([name, choice]) => [name, numbered(choice)] as const)),
    defaultVersion: defaultVersion === null ? null : numbered(defaultVersion),
    own: own === null ? null : (versions[own] as ApiVersion),
  }
}

/** The plugins in hooks, and authentication: the same in every version. */
async function compileHooks(
  { hooks, authCheck, authCheckProvides }: Definition,
  compiler: StepCompiler,
  { sessions }: VersionTools,
): Promise<Step[]> {
  const around = aroundAuthCheck(sessions, authCheckProvides)
  return [
    ...(await compiler.steps(hooks.pre, 'pre')),
    ...(authCheck ? [around.before, await compiler.step(authCheck, 'auth_check'), around.after] : []),
    ...(await compiler.steps(hooks.postKeyAuth, 'post_key_auth')),
    ...(await compiler.steps(hooks.post, 'post')),
    ...(await compiler.steps(hooks.response, 'response')),
  ]
}

async function compileSteps(
  { steps, pathPlugins }: DefinitionVersion,
  hooks: readonly Step[],
  compiler: StepCompiler,
  tools: VersionTools,
): Promise<Step[]> {
  return [
    ...hooks,
    ...(pathPlugins.length > 0 ? [await compiler.pathStep(pathPlugins)] : []),
    ...steps.flatMap((open) => open(tools.steps)),
  ]
}

function toVersion(version: DefinitionVersion, steps: readonly Step[], tools: VersionTools): ApiVersion {
  const { name, overrideTarget } = version
  return {
    version: name,
    recording: tools.recording.of(version),
    upstream: overrideTarget ? tools.open(overrideTarget) : tools.upstream,
    chain: Chain.ofRequest(steps, forward),
    responseChain: Chain.ofResponse(steps),
  }
}

function forward(exchange: Exchange): void | Promise<void> {
  const send = exchange.upgrade ? tunnel : proxy
  return exchange.trace ? exchange.trace.runProxy(send, exchange) : send(exchange)
}
