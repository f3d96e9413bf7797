import { join, resolve } from 'node:path'
import type { Io } from '../cli/io.ts'
import { tellFailure } from '../cli/plugin-arguments.ts'
import { buildPlugin } from '../cli/plugin-build.ts'
import { pluginCheck } from '../cli/plugin-check.ts'
import { initPlugin } from '../cli/plugin-init.ts'
import { pluginTest } from '../cli/plugin-test.ts'
import { failure } from '../errors.ts'

const USAGE = `usage: docker run --rm -v "$PWD":/plugin-source IMAGE COMMAND
  NAME.js                            compiles the mounted folder to NAME.js
  init                               writes the files of a new plugin, and overwrites none
  test [OPTION …]                    runs the tests of the mounted folder in a gateway; OPTION is one of Node's
  check NAME.js [--gateway vX.Y.Z]   says what an artifact is, and whether that gateway would load it`

/** The command line of the compiler image. It works on /plugin-source, or the folder that PLUGIN_SOURCE_PATH names. */
export async function runCompilerImage(args: readonly string[], io: Io): Promise<number> {
  const folder = io.env.PLUGIN_SOURCE_PATH || '/plugin-source'
  if (args[0] === 'check') return await pluginCheck(inFolder(args.slice(1), folder), io)
  if (args[0] === 'test') return await pluginTest([folder, ...args.slice(1)], io)
  try {
    const command = readCommand(args)
    if (command === 'init') await initPlugin(folder, 'plugin', io)
    else await buildPlugin(folder, join(folder, command), io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

/** `init`, or the artifact's name. */
function readCommand([command, ...others]: readonly string[]): string {
  if (others.length > 0) throw refusal(`found "${others.join(' ')}" where nothing more was expected`)
  if (command === 'init' || /^[^/\\]+\.js$/.test(command ?? '')) return command as string
  if (command === undefined) throw refusal("the artifact's name is missing")
  throw refusal(`found "${command}" as the artifact's name, expected a file name that ends in .js, without folders`)
}

function refusal(reason: string) {
  return failure('compiler_usage_wrong', { reason })
}

/** File names are relative to the mounted folder. */
function inFolder(args: readonly string[], folder: string): string[] {
  return args.map((one) => (one.endsWith('.js') ? resolve(folder, one) : one))
}
