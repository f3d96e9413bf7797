import type { JsonPath } from '../../json/json-path.ts'
import { formatPath } from '../../json/json-path.ts'
import { isUploadName, UPLOAD_NAME, uploadIn } from '../../plugin/uploads/upload-path.ts'
import { type ArtifactFolders, locateArtifact } from './artifact-file.ts'
import type { PluginUse } from './definition.ts'
import type { Findings } from './findings.ts'
import { readIsolation } from './read-isolation.ts'
import type { HookEntry, PathEntry } from './schema.ts'

/** An entry with a path of its own, so that a message can point at it. */
export interface Located<Entry> {
  readonly entry: Entry
  readonly path: JsonPath
}

type Enabled<Entry> = Exclude<Entry, { disabled: true }>
export type EnabledHookEntry = Enabled<HookEntry>
export type EnabledPathEntry = Enabled<PathEntry>

/** The entries of a list that are not disabled. */
export function enabledEntries<Entry extends HookEntry | PathEntry>(
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
}

/** The use of a plugin in a hook, or `null` with its problems among the findings. */
export function useInHook(
  { entry, path }: Located<EnabledHookEntry>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  return readUse({ name: entry.name, artifact: entry.path, artifactField: 'path' }, entry, path, folders, findings)
}

/** The use of a plugin on paths, or `null` with its problems among the findings. */
export function useOnPath(
  { entry, path }: Located<EnabledPathEntry>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  return readUse(
    { name: entry.func_name, artifact: entry.plugin_path, artifactField: 'plugin_path' },
    entry,
    path,
    folders,
    findings,
  )
}

async function readUse(
  { name, artifact, artifactField }: Named,
  entry: EnabledHookEntry | EnabledPathEntry,
  path: JsonPath,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PluginUse | null> {
  const isolation = readIsolation(entry, path, folders, findings)
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
