import type { Recording, RecordingSettings } from '../request/chain/recording.ts'
import type { Definition, DefinitionVersion } from './definition/definition.ts'
import type { StepCompiler } from './step-compiler.ts'

/** What is recorded of an API, and of each of its versions. */
export interface CompiledRecording {
  of(version: Pick<DefinitionVersion, 'recordedPaths'>): Recording
  /** Resolves when no record waits for the plugins any more. */
  idle(): Promise<void>
}

/** Plugins are loaded only where there are records for them. */
export async function compileRecording(
  { apiId, orgId, recording: plan, versioning }: Definition,
  compiler: StepCompiler,
  { enabled, detailed, maxBody }: RecordingSettings,
): Promise<CompiledRecording> {
  const tracked = enabled && plan.tracked
  const plugins = tracked ? await compiler.recordPlugins(plan.plugins) : null
  const { tags, tagHeaders, expireAfter, secrets } = plan
  const whole = plan.detailed || detailed ? 'all' : 'by-session'
  const ofApi = {
    tracked,
    versioned: versioning !== null,
    tags,
    ownTags: [...(orgId === '' ? [] : [flat('org-', orgId)]), flat('api-', apiId)],
    tagHeaders,
    expireAfter,
    detail: tracked ? whole : 'none',
    maxBody,
    secrets,
    plugins,
  } as const
  return {
    of: ({ recordedPaths }) => ({ ...ofApi, ...recordedPaths }),
    idle: async () => plugins?.idle(),
  }
}

/** A text that is one piece in memory: JSON is written several times as quickly where every text is. */
function flat(...parts: readonly string[]): string {
  return parts.join('')
}

export const NO_RECORDED_PATHS: Pick<DefinitionVersion, 'recordedPaths'> = { recordedPaths: { untracked: null, endpoints: null } }
