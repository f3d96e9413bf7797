import { resolve } from 'node:path'
import type { JsonPath } from '../../json/json-path.ts'
import type { Isolation } from '../../plugin/isolation/isolation.ts'
import { closest } from '../closest.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import type { Findings } from './findings.ts'
import type { EnabledHookEntry, EnabledPathEntry } from './plugin-uses.ts'
import { permissionsSchema } from './schema.ts'

const DEFAULT_MEMORY_MB = 64
const DEFAULT_CPU_MS = 1_000

/** The fields that only mean something in a worker. */
const OF_WORKERS = ['memory_mb', 'cpu_ms', 'permissions'] as const

/** Where a plugin runs, and within what limits. Limits that nothing would keep to are problems. */
export function readIsolation(
  entry: EnabledHookEntry | EnabledPathEntry,
  path: JsonPath,
  { confFolder }: ArtifactFolders,
  findings: Findings,
): Isolation {
  if (entry.isolation === 'inline') {
    for (const name of OF_WORKERS) {
      if (entry[name] === undefined) continue
      findings.addProblem([...path, name], 'nothing keeps a plugin to it inline; set "isolation" to "worker", or remove it')
    }
    return 'inline'
  }
  const { fs_read, fs_write, net, child_process, env, ...unknown } = entry.permissions ?? permissionsSchema.parse({})
  for (const name of Object.keys(unknown)) reportUnknown(name, [...path, 'permissions', name], findings)
  const absolute = (paths: readonly string[]) => paths.map((one) => resolve(confFolder, one))
  return {
    memoryMb: entry.memory_mb ?? DEFAULT_MEMORY_MB,
    cpuMs: entry.cpu_ms ?? DEFAULT_CPU_MS,
    permissions: { net, child_process, fs_read: absolute(fs_read), fs_write: absolute(fs_write), env },
  }
}

function reportUnknown(name: string, path: JsonPath, findings: Findings): void {
  const names = Object.keys(permissionsSchema.shape)
  const meant = closest(name, names)
  const hint = meant === undefined ? `expected ${names.join(', ')}` : `did you mean "${meant}"?`
  findings.addProblem(path, `there is no such permission; ${hint}`)
}
