import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { failure, textOf } from '../errors.ts'
import { type Artifact, checkVersion, parseArtifact } from '../plugin/artifact.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { current, display, type Version } from '../version.ts'
import type { Io } from './io.ts'

const USAGE =
  'usage: postern plugin check FILE [--gateway vX.Y.Z]    says what an artifact is, and whether that gateway would load it'

/** `postern plugin check`: verifies an artifact without running it. */
export async function pluginCheck(args: readonly string[], io: Io): Promise<number> {
  const options = parse(args)
  if (!options) {
    io.err(USAGE)
    return 2
  }
  try {
    const artifact = parseArtifact(await read(options.file), options.file)
    io.out(describe(artifact.stamp))
    if (options.gateway !== undefined) io.out(judge(artifact, options.gateway))
    return 0
  } catch (error) {
    io.err(textOf(error))
    return 1
  }
}

function parse(args: readonly string[]): { file: string; gateway: string | undefined } | null {
  try {
    const options = { gateway: { type: 'string' } } as const
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [file, ...others] = positionals
    const gateway = values.gateway?.replace(/^v/, '')
    if (!file || others.length > 0 || (gateway !== undefined && !/^\d+\.\d+\.\d+$/.test(gateway))) return null
    return { file, gateway }
  } catch {
    return null
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw failure('artifact_unreadable', { path, reason: textOf(error) }, error)
  }
}

function describe({ name, version, gateway, build, node, exports, packages, permissions }: Stamp): string {
  const defined = exports.map((one) => (one.kind === 'defined' ? `${one.name} (definePlugin)` : one.name))
  const bundled = packages.map((one) => `${one.name} ${one.version} (${one.license})`)
  const lines = [
    `"${name}" ${version}, its digest is right`,
    `  built for: Postern ${display({ version: gateway, build })}, with Node ${node}`,
    `  exports:   ${defined.join(', ')}`,
    `  packages:  ${bundled.join(', ') || 'none'}`,
  ]
  if (Object.keys(permissions).length > 0) lines.push(`  permissions: ${JSON.stringify(permissions)}`)
  return lines.join('\n')
}

/** Of another version than this program's only the number is known; its build and contract are taken to be the artifact's. */
function judge(artifact: Artifact, version: string): string {
  const { build, contract } = artifact.stamp
  const running: Version = version === current.version ? current : { version, build, contract }
  checkVersion(artifact, running)
  return `Postern ${display(running)} loads it`
}
