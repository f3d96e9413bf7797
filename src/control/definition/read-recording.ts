import type { Recording, SecretPlaces } from '../../request/chain/recording.ts'
import type { Authentication } from '../../request/credentials/authentication.ts'
import { RuleSet } from '../../request/rules/rule-set.ts'
import type { StepSource } from '../../request/steps/step-source.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import type { PluginUse, RecordingPlan } from './definition.ts'
import type { Findings } from './findings.ts'
import { enabledEntries, useInTrafficLogs, useOfRecords } from './plugin-uses.ts'
import { type DefinitionFields, trackedPathSchema } from './schema.ts'

export interface RecordingOptions extends ArtifactFolders {
  /** Whether plugins are looked at: not where a bundle of theirs is missing. */
  readonly withHooks: boolean
  /** Where clients put their credentials; null on a keyless API. */
  readonly authentication: Authentication | null
}

/** Reads what a definition says of its records. */
export async function readRecording(
  fields: DefinitionFields,
  { withHooks, authentication, ...folders }: RecordingOptions,
  findings: Findings,
): Promise<RecordingPlan> {
  return {
    tracked: !fields.do_not_track,
    detailed: fields.enable_detailed_recording,
    tags: fields.tags_disabled ? [] : fields.tags,
    tagHeaders: fields.tag_headers.map((name) => name.toLowerCase()),
    expireAfter: fields.expire_analytics_after,
    secrets: secretPlaces(authentication),
    plugins: withHooks ? await readPlugins(fields, folders, findings) : [],
  }
}

/** The same for every API that asks nobody who they are. */
const NO_PLACES: SecretPlaces = { headers: new Set(), params: new Set() }

function secretPlaces(authentication: Authentication | null): SecretPlaces {
  if (!authentication) return NO_PLACES
  const places = [...authentication.places.values()]
  return {
    headers: new Set(places.flatMap(({ header }) => header?.toLowerCase() ?? [])),
    params: new Set(places.flatMap(({ param }) => param ?? [])),
  }
}

/** That of `analytics_plugin` is the first. */
async function readPlugins(fields: DefinitionFields, folders: ArtifactFolders, findings: Findings): Promise<PluginUse[]> {
  const { analytics_plugin: single, custom_middleware: middleware } = fields
  const entries = enabledEntries(middleware.traffic_logs, ['custom_middleware', 'traffic_logs'])
  const uses = [
    ...(single.enable ? [await useOfRecords({ entry: single, path: ['analytics_plugin'] }, folders, findings)] : []),
    ...(await Promise.all(entries.map((located) => useInTrafficLogs(located, folders, findings)))),
  ]
  return uses.filter((use) => use !== null)
}

/** Reads the paths that a version records otherwise than others, or not at all. */
export function readRecordedPaths(source: StepSource): Pick<Recording, 'untracked' | 'endpoints'> {
  return {
    untracked: rulesOf(source, 'do_not_track_endpoints', () => true),
    endpoints: rulesOf(source, 'track_endpoints', (path) => path),
  }
}

function rulesOf<T>(source: StepSource, section: string, recordedAs: (path: string) => T): RuleSet<T> | null {
  const rules = source.section(section, trackedPathSchema).flatMap(({ entry, path }) => {
    const { path: text, method } = entry as { path: string; method: string }
    const rule = source.rule(text, [...path, 'path'])
    return rule ? [{ rule, method, value: recordedAs(text) }] : []
  })
  return rules.length > 0 ? new RuleSet(rules) : null
}
