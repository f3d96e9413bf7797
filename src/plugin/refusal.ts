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
  const rebuild = `docker run --rm -v "$PWD":/plugin-source ${compilerImage(running)} ${fileName(path)}`
  return { path, running: display(running), rebuild }
}

/** The command that signs the artifact at `path`, for a shell in the folder of that file. */
export function signCommand(path: string, running: Version): string {
  const mounts = '-v "$PWD":/plugin-source -v /path/to/private.key:/sign.key:ro'
  return `docker run --rm ${mounts} ${compilerImage(running)} sign ${fileName(path)} --key /sign.key`
}

function compilerImage({ version }: Version): string {
  return `postern/plugin-compiler:v${version}`
}

/** A name that needs no quotes in a shell. */
function fileName(path: string): string {
  const name = basename(path)
  return /^[\w.-]+\.js$/.test(name) ? name : 'plugin.js'
}

/** The gateway that a stamp, perhaps a broken one, was written for. */
export function builtFor({ gateway, build }: { gateway?: unknown; build?: unknown }): string {
  if (typeof gateway !== 'string') return 'an unknown version'
  return display({ version: gateway, build: typeof build === 'string' ? build : '' })
}
