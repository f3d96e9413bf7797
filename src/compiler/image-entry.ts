import { join } from 'node:path'
import type { Io } from '../cli/io.ts'
import { buildPlugin } from '../cli/plugin-build.ts'
import { pluginCheck } from '../cli/plugin-check.ts'
import { initPlugin } from '../cli/plugin-init.ts'
import { failure } from '../errors.ts'

const USAGE = `usage: docker run --rm -v "$PWD":/plugin-source IMAGE COMMAND

  NAME.js                               compiles the mounted folder to NAME.js
  init                                  writes the files of a new plugin, and overwrites none
  check NAME.js [--gateway vX.Y.Z]      says what an artifact is, and whether that gateway would load it`

/** The command line of the compiler image. It works on /plugin-source, or the folder that PLUGIN_SOURCE_PATH names. */
export async function runCompilerImage(args: readonly string[], io: Io): Promise<number> {
  const folder = io.env.PLUGIN_SOURCE_PATH || '/plugin-source'
  const [command, ...rest] = args
  if (command === undefined) return refuse(USAGE, io)
  if (command === 'check') return await pluginCheck(inFolder(rest, folder), io)
  if (rest.length > 0) return refuse(failure('arguments_unexpected', { found: rest }).message, io)
  if (command === 'init') return await initPlugin({ folder, name: 'plugin' }, io)
  if (!/^[^/\\]+\.js$/.test(command)) return refuse(failure('output_name_invalid', { found: command }).message, io)
  return await buildPlugin({ source: folder, output: join(folder, command) }, io)
}

function refuse(reason: string, io: Io): number {
  io.err(reason === USAGE ? USAGE : `${reason}\n\n${USAGE}`)
  return 2
}

/** File names are relative to the mounted folder. */
function inFolder(args: readonly string[], folder: string): string[] {
  const [file, ...rest] = args
  return file === undefined || file.startsWith('-') ? [...args] : [join(folder, file), ...rest]
}
