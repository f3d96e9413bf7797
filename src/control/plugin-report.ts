import { type Isolation, type Permissions, placeOf } from '../plugin/isolation/isolation.ts'
import type { PluginHealth } from '../plugin/plugin-state.ts'
import type { ArtifactProblem, ArtifactStatus, PluginRegistry } from '../plugin/registry.ts'
import type { CompiledApi } from './compile-api.ts'

/** One use of an artifact by a definition. */
export interface ReportedUse extends PluginHealth {
  /** What `POST /tyk/plugins/{id}/enable` calls it. */
  readonly id: string
  readonly api_id: string
  readonly hook: string
  /** The exported function. */
  readonly name: string
  /** JSON path of the entry in the definition. */
  readonly field: string
  /** Why its requests get 500; missing where it serves. */
  readonly quarantined?: string
}

/** One artifact, as `GET /tyk/plugins` tells of it. */
export interface ReportedPlugin {
  /** The first 12 digits of its digest; missing where nothing could be loaded. */
  readonly id?: string
  /** The file that definitions name. */
  readonly path: string
  /** The limits of the worker that it is in; missing where it runs inline. */
  readonly worker?: { readonly memory_mb: number; readonly cpu_ms: number; readonly permissions: Permissions }
  /** `serving`; `retiring`: replaced, with requests still running on it; `failed`: nothing could be loaded from the file. */
  readonly state: 'serving' | 'retiring' | 'failed'
  readonly name?: string
  readonly version?: string
  readonly built_for?: { readonly gateway: string; readonly build: string; readonly node: string }
  readonly sha256?: string
  /** The id of the key whose signature was verified. */
  readonly signed_by?: string
  readonly exports?: readonly string[]
  readonly loaded_at?: string
  /** Why the file as it is now is not what serves. */
  readonly problem?: { readonly reason: string; readonly since: string }
  readonly used_by: readonly ReportedUse[]
}

/** Every artifact that is loaded, or that a definition names and that is not. */
export function reportPlugins(registry: PluginRegistry, apis: readonly CompiledApi[]): ReportedPlugin[] {
  const { artifacts, problems } = registry.status()
  const uses = usesByPlace(apis)
  const usesOf = (one: ArtifactStatus | ArtifactProblem) => uses.get(placeOf(one.file, one.isolation)) ?? []
  const problemOf = new Map(problems.map((problem) => [placeOf(problem.file, problem.isolation), problem]))
  const loaded = artifacts.map((status) => {
    return reportLoaded(status, problemOf.get(placeOf(status.file, status.isolation)), usesOf(status))
  })
  const served = new Set(artifacts.map(({ file, isolation }) => placeOf(file, isolation)))
  const failed = problems
    .filter(({ file, isolation }) => !served.has(placeOf(file, isolation)))
    .map((problem) => reportFailed(problem, usesOf(problem)))
  return [...loaded, ...failed].sort((a, b) => a.path.localeCompare(b.path) || a.state.localeCompare(b.state))
}

function usesByPlace(apis: readonly CompiledApi[]): Map<string, ReportedUse[]> {
  const uses = new Map<string, ReportedUse[]>()
  for (const { api, uses: ofApi } of apis) {
    for (const { file, isolation, hook, name, field, quarantined, state } of ofApi) {
      const place = placeOf(file, isolation)
      const { id } = state.identity
      const use = { id, api_id: api.id, hook, name, field, ...(quarantined !== null && { quarantined }), ...state.health }
      uses.set(place, [...(uses.get(place) ?? []), use])
    }
  }
  return uses
}

function reportLoaded(
  status: ArtifactStatus,
  problem: ArtifactProblem | undefined,
  uses: readonly ReportedUse[],
): ReportedPlugin {
  const { stamp, signedBy } = status.artifact
  return {
    id: stamp.sha256.slice(0, 12),
    path: status.file,
    ...reportIsolation(status.isolation),
    state: status.serving ? 'serving' : 'retiring',
    name: stamp.name,
    version: stamp.version,
    built_for: { gateway: stamp.gateway, build: stamp.build, node: stamp.node },
    sha256: stamp.sha256,
    ...(signedBy !== null && { signed_by: signedBy }),
    exports: stamp.exports.map(({ name }) => name),
    loaded_at: status.loadedAt.toISOString(),
    ...(status.serving && problem && { problem: timed(problem) }),
    used_by: status.serving ? uses : [],
  }
}

function reportFailed(problem: ArtifactProblem, uses: readonly ReportedUse[]): ReportedPlugin {
  return { path: problem.file, ...reportIsolation(problem.isolation), state: 'failed', problem: timed(problem), used_by: uses }
}

function reportIsolation(isolation: Isolation): Pick<ReportedPlugin, 'worker'> {
  if (isolation === 'inline') return {}
  const { memoryMb: memory_mb, cpuMs: cpu_ms, permissions } = isolation
  return { worker: { memory_mb, cpu_ms, permissions } }
}

function timed({ reason, since }: ArtifactProblem): { reason: string; since: string } {
  return { reason, since: since.toISOString() }
}
