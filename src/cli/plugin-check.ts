import { readFile } from 'node:fs/promises'
import { failure, textOf } from '../errors.ts'
import { type Artifact, checkVersion, parseArtifact } from '../plugin/artifact.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { current, display, type Version } from '../version.ts'
import type { Command } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE =
  'usage: postern plugin check FILE [--gateway vX.Y.Z]   says what an artifact is, and whether that gateway would load it'

/** `postern plugin check`: verifies an artifact without running it. */
export const pluginCheck: Command = async (args, io) => {
  try {
    const { path, values } = readArguments('plugin check', args, { gateway: { type: 'string' } })
    const running = values.gateway === undefined ? undefined : parseVersion(values.gateway)
    const artifact = parseArtifact(await read(path), path)
    io.out(describe(artifact.stamp))
    if (running !== undefined) io.out(judge(artifact, running))
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

function parseVersion(text: string): string {
  const version = /^v?(\d+\.\d+\.\d+)$/.exec(text)?.[1]
  if (version !== undefined) return version
  throw failure('usage_wrong', { command: 'plugin check', reason: `found the gateway "${text}", expected a version as v1.2.3` })
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw failure('artifact_unreadable', { path, reason: textOf(error) }, error)
  }
}

function describe({ name, version, gateway, build, node, exports, packages, permissions }: Stamp): string {
  const exported = exports.map((one) => (one.kind === 'defined' ? `${one.name} (definePlugin)` : one.name))
  const bundled = packages.map((one) => `${one.name} ${one.version} (${one.license})`)
  const lines = [
    `"${name}" ${version}, unchanged since it was compiled`,
    `  built for: Postern ${display({ version: gateway, build })}, with Node ${node}`,
    `  exports: ${exported.join(', ')}`,
    `  packages: ${bundled.join(', ') || 'none'}`,
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
