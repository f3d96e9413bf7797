import { join, resolve } from 'node:path'
import { type Artifact, parseArtifact } from '../plugin/artifact.ts'
import { current, type Version } from '../version.ts'
import { bundle } from './bundle.ts'
import { prepare } from './prepare.ts'
import { refuseLeftovers } from './refuse-leftovers.ts'
import { describe } from './report.ts'
import { openStage } from './stage.ts'
import { stampBundle } from './stamp-writer.ts'
import { type Toolchain, toolchain } from './toolchain.ts'
import { typecheck } from './typecheck.ts'
import type { Workshop } from './workshop.ts'

export interface QuickOptions {
  /** The plugin's folder. Nothing in it is changed. */
  readonly source: string
  /** The gateway to compile for; this program's own version unless given. */
  readonly running?: Version
  readonly tools?: Toolchain
  /** For npm; the environment of this process unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** What builds of this folder before have left; the one before is closed. A build has nothing to go by unless given. */
  readonly workshop?: Workshop
}

/** An artifact that nobody has checked yet. Its stamp does not name its exports. */
export interface QuickBuild {
  readonly artifact: Artifact
  /** What is suspicious in the plugin's own source, with its place and the lines around it. */
  readonly warnings: readonly string[]
  /**
   * Checks the types of the very sources that the artifact was made from, and what a gateway would refuse.
   *
   * @throws compile_failed with every problem and its place
   */
  check(): Promise<void>
  /** Removes the copy of the sources; a check that is under way is stopped, and rejects. */
  close(): Promise<void>
}

/**
 * Compiles a plugin as far as it takes to run it: what `compile` does, but for the type-check, which takes most of its
 * time, and for loading it in another process.
 *
 * @throws compile_failed, and what `compile` throws for a folder that is no plugin
 */
export async function compileQuickly({ source, running = current, ...options }: QuickOptions): Promise<QuickBuild> {
  const { tools = toolchain(), env = process.env, workshop } = options
  const stage = await openStage(resolve(source), tools, workshop?.root)
  const closing = new AbortController()
  try {
    const { manifest, entry, tsconfigs } = await prepare(stage, tools, env, workshop?.compilerOptions)
    const bundled = await bundle(stage, entry, tsconfigs, workshop?.bundler)
    const bytes = stampBundle(bundled, stage, manifest, running)([])
    return {
      artifact: parseArtifact(bytes, join(stage.folder, 'plugin.js'), running),
      warnings: bundled.warnings.map((one) => describe(one, stage)),
      check: async () => {
        await typecheck(stage, tsconfigs, tools, closing.signal)
        refuseLeftovers(bundled, stage)
      },
      close: () => {
        closing.abort()
        return stage.close()
      },
    }
  } catch (error) {
    await stage.close()
    throw error
  }
}
