import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type CompileReport, compile } from '../compiler/compile.ts'
import { textOf } from '../errors.ts'
import { display } from '../version.ts'
import type { Io } from './io.ts'

const USAGE = 'usage: postern plugin build FOLDER [-o FILE]    compiles the plugin in FOLDER to FILE, FOLDER/plugin.js by default'

/** `postern plugin build`: compiles a folder of TypeScript to an artifact for this version of the gateway. */
export async function pluginBuild(args: readonly string[], io: Io): Promise<number> {
  const options = parse(args)
  if (!options) {
    io.err(USAGE)
    return 2
  }
  return await buildPlugin(options, io)
}

/** Compiles, and tells what came of it. */
export async function buildPlugin(options: { source: string; output: string }, io: Io): Promise<number> {
  try {
    const report = await compile({ ...options, env: io.env })
    for (const warning of report.warnings) io.err(`${warning}\n`)
    io.out(summarise(report, options.output))
    return 0
  } catch (error) {
    io.err(textOf(error))
    return 1
  }
}

function parse(args: readonly string[]): { source: string; output: string } | null {
  try {
    const options = { output: { type: 'string', short: 'o' } } as const
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [source, ...others] = positionals
    if (!source || others.length > 0) return null
    return { source, output: values.output ?? join(source, 'plugin.js') }
  } catch {
    return null
  }
}

function summarise({ stamp, bytes }: CompileReport, output: string): string {
  const { name, version, exports, packages } = stamp
  const size = bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} kB`
  const lines = [`Compiled "${name}" ${version} for Postern ${display({ version: stamp.gateway, build: stamp.build })}: ${output} (${size})`]
  lines.push(`  exports: ${exports.map((one) => one.name).join(', ')}`)
  if (packages.length > 0) lines.push(`  packages: ${packages.map((one) => `${one.name} ${one.version}`).join(', ')}`)
  return lines.join('\n')
}
