import { join, resolve } from 'node:path'
import type { Command, Io } from '../cli/io.ts'
import { tellFailure } from '../cli/plugin-arguments.ts'
import { buildPlugin } from '../cli/plugin-build.ts'
import { pluginCheck } from '../cli/plugin-check.ts'
import { initPlugin } from '../cli/plugin-init.ts'
import { pluginSbom } from '../cli/plugin-sbom.ts'
import { pluginSign } from '../cli/plugin-sign.ts'
import { pluginTest } from '../cli/plugin-test.ts'
import { readSignKey } from '../cli/sign-key.ts'
import { failure } from '../errors.ts'

const USAGE = `usage: docker run --rm -v "$PWD":/plugin-source IMAGE COMMAND
  NAME.js                            compiles the mounted folder to NAME.js, and signs it where POSTERN_SIGN_KEY_FILE names a key
  init                               writes the files of a new plugin, and overwrites none
  test [OPTION …]                    runs the tests of the mounted folder in a gateway; OPTION is one of Node's
  check PATH [--gateway vX.Y.Z] [--public-key FILE]… [--bundle-key FILE] [--json]
                                     says what an artifact is, or each one in a bundle or below a folder, and whether that
                                     gateway would load it
  sbom NAME.js                       prints what is bundled in an artifact, as CycloneDX 1.6 JSON
  sign NAME.js --key FILE            signs an artifact without compiling or running it`

/** What is done with artifacts that are there already, as by the commands of `postern plugin`. */
const ofArtifacts: ReadonlyMap<string | undefined, Command> = new Map([
  ['check', pluginCheck],
  ['sbom', pluginSbom],
  ['sign', pluginSign],
])

/** The command line of the compiler image. It works on /plugin-source, or the folder that PLUGIN_SOURCE_PATH names. */
export async function runCompilerImage(args: readonly string[], io: Io): Promise<number> {
  const folder = io.env.PLUGIN_SOURCE_PATH || '/plugin-source'
  const command = ofArtifacts.get(args[0])
  if (command !== undefined) return await command(inFolder(args.slice(1), folder), io)
  if (args[0] === 'test') return await pluginTest([folder, ...args.slice(1)], io)
  try {
    const name = readCommand(args)
    if (name === 'init') await initPlugin(folder, 'plugin', io)
    else await compileTo(join(folder, name), folder, io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

async function compileTo(output: string, source: string, io: Io): Promise<void> {
  const signKey = await readSignKey(undefined, io.env)
  await buildPlugin({ source, output, signKey }, io)
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

/** Names of files and folders are relative to the mounted folder. */
function inFolder(args: readonly string[], folder: string): string[] {
  const isName = (i: number) => !args[i]?.startsWith('-') && args[i - 1] !== '--gateway'
  return args.map((one, i) => (isName(i) ? resolve(folder, one) : one))
}
