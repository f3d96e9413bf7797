import { resolveDependencies } from './dependencies.ts'
import { findEntry } from './entry.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { provide, type Stage } from './stage.ts'
import type { Toolchain } from './toolchain.ts'
import { type CompilerOptions, type Tsconfigs, writeTsconfigs } from './tsconfig.ts'

/** What is known of a staged plugin before anything is made of it. */
export interface Prepared {
  readonly manifest: Manifest
  /** The entry file, relative to the folder. */
  readonly entry: string
  readonly tsconfigs: Tsconfigs
}

/** Makes a stage ready for type-check and bundling: entry, dependencies, contract and configurations. */
export async function prepare(
  stage: Stage,
  tools: Toolchain,
  env: NodeJS.ProcessEnv,
  known?: Map<string, CompilerOptions>,
): Promise<Prepared> {
  const manifest = await readManifest(stage.source)
  const entry = await findEntry(stage, manifest)
  await resolveDependencies(stage, manifest, env)
  await provide(stage, tools)
  return { manifest, entry, tsconfigs: await writeTsconfigs(stage, entry, tools, known) }
}
