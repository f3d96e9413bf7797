import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { candidatesOf } from '../plugin/artifact.ts'
import { unreadable } from './artifact-file.ts'

/** A file that may be an artifact, and the gateway that would load it. */
export interface Candidate {
  readonly path: string
  /** `null`: the one that it was built for. */
  readonly gateway: string | null
}

/**
 * The file, or every .js file below the folder, packages and hidden folders left out, with the version it is to be judged for:
 * - `plugin_vX.Y.Z.js` is loaded by gateways of that version
 * - a `plugin.js` beside the build for `gateway` is there for other gateways
 * - everything else is loaded by `gateway`
 *
 * @throws artifact_file_missing, artifact_unreadable
 */
export async function findArtifacts(path: string, gateway: string): Promise<readonly Candidate[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path, gateway }]
    const names = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.js'))
      .map((entry) => relative(path, join(entry.parentPath, entry.name)))
      .filter((name) => !name.split('/').some((part) => part === 'node_modules' || part.startsWith('.')))
      .sort()
    return names.map((name) => ({ path: join(path, name), gateway: gatewayFor(name, names, gateway) }))
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** The version of the gateway that would load the artifact `name` which lies among others. */
export function gatewayFor(name: string, names: readonly string[], gateway: string): string | null {
  const named = /_v(\d+\.\d+\.\d+)\.js$/.exec(name)?.[1]
  if (named !== undefined) return named
  const [versioned] = candidatesOf(name, { version: gateway })
  return names.includes(versioned) ? null : gateway
}
