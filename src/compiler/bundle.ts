import { join, resolve } from 'node:path'
import type { BuildFailure, Message } from 'esbuild'
import { type Bundler, type BundlerResult, bundleOnce } from './bundler.ts'
import { toProblem } from './esbuild-message.ts'
import { importMetaMarkers } from './import-meta.ts'
import { nameModules } from './module-names.ts'
import { nativePackages } from './native-addons.ts'
import { compileFailure, type Problem } from './report.ts'
import type { Stage } from './stage.ts'
import { areStrict, makeStrict } from './strict-mode.ts'
import type { Tsconfigs } from './tsconfig.ts'

/** One CommonJS file that holds the plugin and its packages, before it is sealed. */
export interface Bundle {
  readonly code: string
  /** Its sources are absolute paths. */
  readonly sourceMap: string
  /** The files that are in it, absolute, in the order of their names. */
  readonly files: readonly string[]
  /** Names of packages with native code, which are not in it. */
  readonly native: readonly string[]
  readonly warnings: readonly Problem[]
}

/**
 * Bundles the entry. Native packages are left out, so that a `require` inside `try` finds them missing as it would on
 * another platform; the scan refuses those that are not optional.
 */
export async function bundle(
  stage: Stage,
  entry: string,
  { bundle: tsconfig }: Tsconfigs,
  bundler: Bundler = bundleOnce,
): Promise<Bundle> {
  const run = (native: readonly string[]) => runEsbuild(stage, { entry, tsconfig, native, bundler })
  const first = await run([])
  const native = nativePackages(filesOf(first.result, stage), first.stubbed, stage)
  const { result } = native.length === 0 ? first : await run(native)
  const text = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  const named = nameModules(text('.js'), text('.map'), Object.keys(result.metafile.inputs), stage)
  return {
    ...(areStrict(commonJsOf(result, stage)) ? makeStrict(named) : named),
    files: filesOf(result, stage),
    native,
    warnings: result.warnings.map((one) => toProblem(one, 'warning', stage)),
  }
}

interface Run {
  readonly entry: string
  readonly tsconfig: string
  /** Packages that are left out. */
  readonly native: readonly string[]
  readonly bundler: Bundler
}

async function runEsbuild(stage: Stage, { entry, tsconfig, native, bundler }: Run) {
  try {
    const built = await bundler.build({
      entryPoints: [entry],
      absWorkingDir: stage.source,
      outfile: 'plugin.js',
      write: false,
      metafile: true,
      logLevel: 'silent',
      tsconfig,
      // Packages of the plugin that expect one of ours beside them.
      nodePaths: [join(stage.root, 'node_modules')],
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node26',
      // Turns import() into require(), which the loader answers.
      supported: { 'dynamic-import': false },
      external: ['postern/plugin', ...native],
      define: importMetaMarkers,
      treeShaking: true,
      // Not minified: an operator can read what runs, stacks have their names, and restoring the names of functions that a
      // minifier has shortened takes 0.25 µs for each closure that is made while serving requests.
      charset: 'utf8',
      sourcemap: 'external',
      sourcesContent: false,
    })
    const empty = built.result.warnings.filter(({ id }) => id === 'empty-import-meta')
    refuse(empty, stage)
    return built
  } catch (error) {
    refuse((error as Partial<BuildFailure>).errors ?? [], stage)
    throw error
  }
}

function refuse(messages: readonly Message[], stage: Stage): void {
  const problems = messages.map((one) => toProblem(one, 'error', stage))
  if (problems.length > 0) throw compileFailure(problems, stage)
}

function filesOf({ metafile }: BundlerResult, { source }: Stage): string[] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  const bundled = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return bundled.map(([path]) => resolve(source, path)).sort()
}

function commonJsOf({ metafile }: BundlerResult, { source }: Stage): string[] {
  const files = Object.entries(metafile.inputs).filter(([, { format }]) => format === 'cjs')
  return files.map(([path]) => resolve(source, path))
}
