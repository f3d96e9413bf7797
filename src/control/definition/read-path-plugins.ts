import { textOf } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { type JsonPath, valueAt } from '../../json/json-path.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import type { ChosenVersion } from './choose-version.ts'
import type { PathPlugin } from './definition.ts'
import type { Findings } from './findings.ts'
import { compilePathRule, type PathRule } from './path-rule.ts'
import { type EnabledPathEntry, enabledEntries, type Located, useOnPath } from './plugin-uses.ts'
import { pathSectionSchema } from './schema.ts'

/** Both names of the section; where both are present they are one list, in this order. */
const SECTIONS = ['js_plugin', 'go_plugin']

/** Reads the path plugins of the version that is served. */
export async function readPathPlugins(
  chosen: ChosenVersion | null,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<readonly PathPlugin[]> {
  if (!chosen) return []
  const { fields, path } = chosen
  const entries: Located<EnabledPathEntry>[] = []
  for (const name of SECTIONS) {
    const section = fields.extended_paths[name]
    const sectionPath = [...path, 'extended_paths', name]
    if (fields.use_extended_paths) entries.push(...readSection(section, sectionPath, findings))
    else if (Array.isArray(section) && section.length > 0) {
      findings.addWarning(sectionPath, 'not read, because "use_extended_paths" is not true')
    }
  }
  const plugins = await Promise.all(entries.map((located) => readPathPlugin(located, folders, findings)))
  return plugins.filter((plugin) => plugin !== null)
}

function readSection(section: unknown, path: JsonPath, findings: Findings): Located<EnabledPathEntry>[] {
  const { data, error } = pathSectionSchema.safeParse(section)
  for (const issue of error?.issues ?? []) {
    findings.addProblem([...path, ...issue.path], describeIssue(issue, show(valueAt(section, issue.path))))
  }
  return enabledEntries(data ?? [], path)
}

async function readPathPlugin(
  located: Located<EnabledPathEntry>,
  folders: ArtifactFolders,
  findings: Findings,
): Promise<PathPlugin | null> {
  const { entry, path } = located
  const rule = readRule(entry.path, [...path, 'path'], findings)
  const use = await useOnPath(located, folders, findings)
  return rule && use && { ...use, rule, method: entry.method }
}

function readRule(text: string, path: JsonPath, findings: Findings): PathRule | null {
  try {
    return compilePathRule(text)
  } catch (error) {
    findings.addProblem(path, `expected a path rule or a regular expression, found ${show(text)}: ${textOf(error)}`)
    return null
  }
}
