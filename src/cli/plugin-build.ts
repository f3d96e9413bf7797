import { join } from 'node:path'
import { type CompileOptions, type CompileReport, compile } from '../compiler/compile.ts'
import { failure } from '../errors.ts'
import { display } from '../version.ts'
import type { Command, Io } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'
import { readSignKey } from './sign-key.ts'

const USAGE = `usage: postern plugin build DIR [-o FILE] [--sign-key FILE]   compiles the plugin in DIR to FILE, DIR/plugin.js by default,
  and signs it where --sign-key or POSTERN_SIGN_KEY_FILE names a private key`

/** `postern plugin build`: compiles a folder of TypeScript to an artifact for this version of the gateway. */
export const pluginBuild: Command = async (args, io) => {
  try {
    const options = { output: { type: 'string', short: 'o' }, 'sign-key': { type: 'string' } } as const
    const { path: source, values } = readArguments('plugin build', args, options)
    const output = values.output ?? join(source, 'plugin.js')
    if (!output.endsWith('.js')) throw wrongName(output)
    const signKey = await readSignKey(values['sign-key'], io.env)
    await buildPlugin({ source, output, signKey }, io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

function wrongName(output: string): Error {
  const reason = `found the output "${output}", expected a name that ends in .js, which is what gateways load`
  return failure('usage_wrong', { command: 'plugin build', reason })
}

/** Compiles, and tells what came of it. */
export async function buildPlugin(options: Pick<CompileOptions, 'source' | 'output' | 'signKey'>, io: Io): Promise<void> {
  // The plugin's code is run to see what it exports; where the key lies is none of its business.
  const { POSTERN_SIGN_KEY_FILE: _, ...env } = io.env
  const report = await compile({ ...options, env })
  for (const warning of report.warnings) io.err(`${warning}\n`)
  io.out(summarise(report, options.output))
}

function summarise({ stamp, bytes, signedBy }: CompileReport, output: string): string {
  const { name, version, exports, packages } = stamp
  const target = display({ version: stamp.gateway, build: stamp.build })
  const size = bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`
  const lines = [
    `Compiled "${name}" ${version} for Postern ${target}: ${output} (${size})`,
    `  exports: ${exports.map((one) => one.name).join(', ')}`,
  ]
  if (packages.length > 0) lines.push(`  packages: ${packages.map((one) => `${one.name} ${one.version}`).join(', ')}`)
  if (signedBy !== null) lines.push(`  signed with: ${signedBy}`)
  return lines.join('\n')
}
