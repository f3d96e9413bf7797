/**
 * From a folder of TypeScript to one artifact:
 *
 * 1. copy the folder into a stage
 * 2. find the entry
 * 3. have the dependencies, from node_modules or from the lockfile
 * 4. put the contract and the provided packages beside them
 * 5. check the types
 * 6. bundle, and refuse what would fail in a gateway although it was bundled
 * 7. load the bundle as the gateway does, and see what it exports
 * 8. stamp it, sign it where a key is given, and write it
 */
import { resolve } from 'node:path'
import { parseArtifact } from '../plugin/artifact.ts'
import type { SigningKey } from '../plugin/signing/key.ts'
import { signArtifact } from '../plugin/signing/sign-artifact.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { current, type Version } from '../version.ts'
import { bundle } from './bundle.ts'
import { prepare } from './prepare.ts'
import { refuseLeftovers } from './refuse-leftovers.ts'
import { describe } from './report.ts'
import { openStage, type Stage } from './stage.ts'
import { stampBundle } from './stamp-writer.ts'
import { type Toolchain, toolchain } from './toolchain.ts'
import { typecheck } from './typecheck.ts'
import { verify } from './verify.ts'
import { refuseSource, writeOutput } from './write-output.ts'

export interface CompileOptions {
  /** The plugin's folder. Nothing in it is changed, except `output` if that lies there. */
  readonly source: string
  /** The artifact's file; its folder must exist. */
  readonly output: string
  /** The gateway to compile for; this program's own version unless given. */
  readonly running?: Version
  readonly tools?: Toolchain
  /** For npm, and for the plugin's module-level code; the environment of this process unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** The private key to sign the artifact with; unsigned unless given. */
  readonly signKey?: SigningKey | null
  /** Milliseconds that module-level code may take. Default 10,000. */
  readonly loadTimeout?: number
}

/** What has been compiled. */
export interface CompileReport {
  /** Absolute path of the artifact. */
  readonly output: string
  /** Size of the artifact in bytes. */
  readonly bytes: number
  readonly stamp: Stamp
  /** The id of the key that it was signed with. */
  readonly signedBy: string | null
  /** What is suspicious in the plugin's own source, with its place and the lines around it. */
  readonly warnings: readonly string[]
}

/**
 * Compiles a plugin. Either the artifact is complete, or nothing is written.
 *
 * @throws compile_failed with every problem and its place; source_missing, manifest_invalid, entry_missing,
 *   entry_named_missing, lockfile_missing, npm_missing, install_failed, output_is_source, output_unwritable
 */
export async function compile(options: CompileOptions): Promise<CompileReport> {
  const { tools = toolchain() } = options
  const stage = await openStage(resolve(options.source), tools)
  try {
    return await compileStaged(stage, tools, options)
  } finally {
    await stage.close()
  }
}

async function compileStaged(stage: Stage, tools: Toolchain, options: CompileOptions): Promise<CompileReport> {
  const { running = current, env = process.env, signKey = null, loadTimeout = 10_000 } = options
  const output = resolve(options.output)
  const { manifest, entry, tsconfigs } = await prepare(stage, tools, env)
  await typecheck(stage, tsconfigs, tools)
  const bundled = await bundle(stage, entry, tsconfigs)
  refuseLeftovers(bundled, stage)
  refuseSource(output, bundled.files, stage)
  const seal = stampBundle(bundled, stage, manifest, running)
  const { exports, warnings } = await verify(seal([]), stage, { verifier: tools.verifier, loadTimeout, env })
  const sealed = seal(exports)
  const artifact = signKey === null ? sealed : signArtifact(sealed, signKey)
  await writeOutput(output, artifact, stage.folder)
  return {
    output,
    bytes: artifact.length,
    stamp: parseArtifact(artifact, output, running).stamp,
    signedBy: signKey?.id ?? null,
    warnings: [...bundled.warnings, ...warnings].map((one) => describe(one, stage)),
  }
}
