import { basename } from 'node:path'
import { display, type Version } from '../version.ts'

/** What the refusal of an artifact tells besides what was found. */
export interface Refusal {
  readonly path: string
  /** The gateway that runs. */
  readonly running: string
  /** The command that makes this artifact anew, for a shell in the folder of the plugin's source. */
  readonly rebuild: string
}

/** The part that all refusals of the artifact at `path` share. */
export function refusalOf(path: string, running: Version): Refusal {
  const name = basename(path)
  const output = /^[\w.-]+\.js$/.test(name) ? name : 'plugin.js'
  const rebuild = `docker run --rm -v "$PWD":/plugin-source postern/plugin-compiler:v${running.version} ${output}`
  return { path, running: display(running), rebuild }
}

/** The gateway that a stamp, perhaps a broken one, was written for. */
export function builtFor({ gateway, build }: { gateway?: unknown; build?: unknown }): string {
  if (typeof gateway !== 'string') return 'an unknown version'
  return display({ version: gateway, build: typeof build === 'string' ? build : '' })
}
