import type { ArtifactFolders } from './artifact-file.ts'
import type { PathPlugin } from './definition.ts'
import type { Findings } from './findings.ts'
import { type EnabledPathEntry, type Located, useOnPath } from './plugin-uses.ts'
import { pathEntrySchema } from './schema.ts'
import type { VersionSource } from './version-source.ts'

/** Both names of the section; where both are present they are one list, in this order. */
const SECTIONS = ['js_plugin', 'go_plugin']

/** Reads the path plugins of a version. */
export async function readPathPlugins(
  source: VersionSource,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<readonly PathPlugin[]> {
  const entries = SECTIONS.flatMap((name) => source.section(name, pathEntrySchema)) as Located<EnabledPathEntry>[]
  const read = async (located: Located<EnabledPathEntry>): Promise<PathPlugin | null> => {
    const { entry, path } = located
    const rule = source.rule(entry.path, [...path, 'path'])
    const use = await useOnPath(located, folders, findings)
    return rule && use && { ...use, rule, method: entry.method }
  }
  return (await Promise.all(entries.map(read))).filter((plugin) => plugin !== null)
}
