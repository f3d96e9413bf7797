import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Artifact } from '../plugin/artifact.ts'

/**
 * The artifact with its source map where V8 hands it to a debugger, and the sources named by the files that an editor has
 * open: breakpoints in TypeScript hold. Elsewhere the map stays out of V8, for its size.
 */
export function debuggable(artifact: Artifact, folder: string): Artifact {
  const { code, sourceMap } = artifact
  if (sourceMap === null) return artifact
  const map = JSON.parse(sourceMap) as { sources: string[] }
  const sources = map.sources.map((name) => pathToFileURL(join(folder, name)).href)
  const text = Buffer.from(JSON.stringify({ ...map, sources })).toString('base64')
  return { ...artifact, code: `${code}\n//# sourceMappingURL=data:application/json;base64,${text}\n` }
}
