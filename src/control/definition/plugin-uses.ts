import type { JsonPath } from '../../json/json-path.ts'
import { formatPath } from '../../json/json-path.ts'
import type { Isolation } from '../../plugin/isolation/isolation.ts'
import { isUploadName, UPLOAD_NAME, uploadIn } from '../../plugin/uploads/upload-path.ts'
import { type ArtifactFolders, locateArtifact } from './artifact-file.ts'
import type { PluginUse } from './definition.ts'
import type { Findings } from './findings.ts'
import { readIsolation } from './read-isolation.ts'
import type { DefinitionFields, HookEntry, PathEntry, TrafficLogEntry } from './schema.ts'

/** An entry with a path of its own, so that a message can point at it. */
export interface Located<Entry> {
  readonly entry: Entry
  readonly path: JsonPath
}

type Enabled<Entry> = Exclude<Entry, { disabled: true }>
export type EnabledHookEntry = Enabled<HookEntry>
export type EnabledPathEntry = Enabled<PathEntry>
type EnabledTrafficLog = Enabled<TrafficLogEntry>
type AnalyticsPlugin = DefinitionFields['analytics_plugin']

/** The entries of a list that are not disabled. */
export function enabledEntries<Entry extends HookEntry | PathEntry | TrafficLogEntry>(
  list: readonly Entry[],
  path: JsonPath,
): Located<Enabled<Entry>>[] {
  return list.flatMap((entry, i) => (entry.disabled === true ? [] : [{ entry: entry as Enabled<Entry>, path: [...path, i] }]))
}

/** What to run, and the names of the fields that say so. */
interface Named {
  readonly name: string
  readonly artifact: string
  readonly artifactField: 'path' | 'plugin_path'
  readonly isolation: Isolation
}

/** The use of a plugin in a hook, or `null` with its problems among the findings. */
export function useInHook(
  { entry, path }: Located<EnabledHookEntry>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  const isolation = readIsolation(entry, path, folders, findings)
  return readUse({ name: entry.name, artifact: entry.path, artifactField: 'path', isolation }, entry, path, folders, findings)
}

/** The use of a plugin in `traffic_logs`, likewise. */
export function useInTrafficLogs(
  { entry, path }: Located<EnabledTrafficLog>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  const named = { name: entry.name, artifact: entry.path, artifactField: 'path', isolation: 'inline' } as const
  return readUse(named, entry, path, folders, findings)
}

/** The use of a plugin on paths, or `null` with its problems among the findings. */
export function useOnPath(
  { entry, path }: Located<EnabledPathEntry>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  const isolation = readIsolation(entry, path, folders, findings)
  const named = { name: entry.func_name, artifact: entry.plugin_path, artifactField: 'plugin_path', isolation } as const
  return readUse(named, entry, path, folders, findings)
}

/** The use of the plugin that `analytics_plugin` names, or `null` with its problems among the findings. */
export async function useOfRecords(
  { entry, path }: Located<AnalyticsPlugin>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  for (const field of ['plugin_path', 'func_name'] as const) {
    if (entry[field] === '') findings.addProblem([...path, field], 'expected a text, found nothing, though "enable" is true')
  }
  if (entry.plugin_path === '' || entry.func_name === '') return null
  const named = { name: entry.func_name, artifact: entry.plugin_path, artifactField: 'plugin_path', isolation: 'inline' } as const
  return readUse(named, entry, path, folders, findings)
}

async function readUse(
  { name, artifact, artifactField, isolation }: Named,
  entry: EnabledHookEntry | EnabledPathEntry | EnabledTrafficLog | AnalyticsPlugin,
  path: JsonPath,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  const file = await artifactFile(artifact, [...path, artifactField], folders, findings)
  if (file === null) return null
  return {
    name,
    path: artifact,
    file,
    config: entry.config ?? Object.freeze({}),
    onError: entry.on_error,
    timeoutMs: entry.timeout_ms,
    breaker: { maxErrors: entry.max_errors, windowMs: entry.window_ms, cooldownMs: entry.cooldown_ms },
    isolation,
    field: formatPath(path),
  }
}

async function artifactFile(
  artifact: string,
  path: JsonPath,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<string | null> {
  if (artifact.endsWith('.so')) {
    findings.addProblem(
      path,
      `found "${artifact}", expected a compiled plugin (.js): Go binaries cannot be loaded; see docs/porting-from-tyk.md`,
    )
    return null
  }
  const upload = uploadIn(artifact)
  if (upload !== null) {
    if (isUploadName(upload)) return artifact
    findings.addProblem(path, `found "${artifact}", expected the name of an upload after "upload://": ${UPLOAD_NAME}`)
    return null
  }
  const file = await locateArtifact(artifact, folders)
  if (file === null) {
    findings.addProblem(
      path,
      `"${artifact}" lies outside of the folder of gateway.conf ("${folders.confFolder}"); move it there, or add its folder to "plugin_paths" in gateway.conf`,
    )
  }
  return file
}
