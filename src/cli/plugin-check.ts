import { failure, textOf } from '../errors.ts'
import { readBundleKey } from '../plugin/bundle/key.ts'
import { type Inspection, inspectArtifact } from '../plugin/inspect.ts'
import { beginsWithStamp } from '../plugin/parse-stamp.ts'
import type { SigningPolicy } from '../plugin/signing/check-signature.ts'
import { readKey } from '../plugin/signing/key.ts'
import { current } from '../version.ts'
import { readArtifactFile } from './artifact-file.ts'
import { type BundleCheck, inspectBundle, isZip } from './check-bundle.ts'
import { describeInspection, inspectionsAsJson, tabulateInspections } from './check-report.ts'
import { findArtifacts } from './find-artifacts.ts'
import type { Command, Io } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE = `usage: postern plugin check PATH [--gateway vX.Y.Z] [--public-key FILE]… [--bundle-key FILE] [--json]
  says what an artifact is, or each one in a bundle or below a folder, and whether that gateway (this version unless given) would
  load it; with --public-key only if it is signed by one of these keys, with --bundle-key only if the bundle is signed by that key`

const options = {
  gateway: { type: 'string' },
  'public-key': { type: 'string', multiple: true },
  'bundle-key': { type: 'string' },
  json: { type: 'boolean' },
} as const

/** `postern plugin check`: verifies artifacts without running them. Exit code 0 only if every one of them would be loaded. */
export const pluginCheck: Command = async (args, io) => {
  try {
    const { path, values } = readArguments('plugin check', args, options)
    const gateway = values.gateway === undefined ? current.version : parseVersion(values.gateway)
    const signing = await policyOf(values['public-key'] ?? [])
    const publicKey = values['bundle-key'] === undefined ? null : await readBundleKey(values['bundle-key'], 'public')
    const found = await inspect(path, { gateway, signing, publicKey })
    if (values.json) io.out(inspectionsAsJson(found.inspections, found.others))
    else tell(path, found, io)
    return found.inspections.every(({ refusal }) => refusal === null) ? 0 : 1
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

interface Found {
  readonly inspections: readonly Inspection[]
  /** Files below the folder that are no artifacts. */
  readonly others: readonly string[]
}

async function inspect(path: string, gates: BundleCheck): Promise<Found> {
  const { gateway, signing } = gates
  const inspections: Inspection[] = []
  const others: string[] = []
  for (const candidate of await findArtifacts(path, gateway)) {
    const bytes = await readArtifactFile(candidate.path)
    const named = candidate.path === path
    if (named && isZip(bytes)) return { inspections: await inspectBundle(bytes, path, gates), others }
    if (named || beginsWithStamp(bytes)) inspections.push(inspectArtifact(bytes, candidate.path, candidate.gateway, signing))
    else others.push(candidate.path)
  }
  if (inspections.length === 0) throw failure('check_nothing', { folder: path, others: others.length })
  return { inspections, others }
}

/** Where a key is given, the question is whether a gateway that trusts this key alone would load it. */
async function policyOf(files: readonly string[]): Promise<SigningPolicy> {
  const keys = await Promise.all(files.map((file) => readKey(file, 'public')))
  return { keys, required: keys.length > 0 }
}

function tell(path: string, { inspections, others }: Found, io: Io): void {
  const [first] = inspections
  if (first?.path === path) io.out(describeInspection(first))
  else io.out(tabulateInspections(inspections))
  for (const { refusal } of inspections) if (refusal !== null) io.err(textOf(refusal))
  if (others.length > 0) io.err(`no artifacts, not checked: ${others.join(', ')}`)
}

function parseVersion(text: string): string {
  const version = /^v?(\d+\.\d+\.\d+)$/.exec(text)?.[1]
  if (version !== undefined) return version
  throw failure('usage_wrong', { command: 'plugin check', reason: `found the gateway "${text}", expected a version as v1.2.3` })
}
