import { join } from 'node:path'
import { type CompileReport, compile } from '../compiler/compile.ts'
import { display } from '../version.ts'
import type { Command, Io } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE = 'usage: postern plugin build DIR [-o FILE]   compiles the plugin in DIR to FILE; to DIR/plugin.js by default'

/** `postern plugin build`: compiles a folder of TypeScript to an artifact for this version of the gateway. */
export const pluginBuild: Command = async (args, io) => {
  try {
    const options = { output: { type: 'string', short: 'o' } } as const
    const { path: source, values } = readArguments('plugin build', args, options)
    await buildPlugin(source, values.output ?? join(source, 'plugin.js'), io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

/** Compiles, and tells what came of it. */
export async function buildPlugin(source: string, output: string, io: Io): Promise<void> {
  const report = await compile({ source, output, env: io.env })
  for (const warning of report.warnings) io.err(`${warning}\n`)
  io.out(summarise(report, output))
}

function summarise({ stamp, bytes }: CompileReport, output: string): string {
  const { name, version, exports, packages } = stamp
  const target = display({ version: stamp.gateway, build: stamp.build })
  const size = bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`
  const lines = [
    `Compiled "${name}" ${version} for Postern ${target}: ${output} (${size})`,
    `  exports: ${exports.map((one) => one.name).join(', ')}`,
  ]
  if (packages.length > 0) lines.push(`  packages: ${packages.map((one) => `${one.name} ${one.version}`).join(', ')}`)
  return lines.join('\n')
}
