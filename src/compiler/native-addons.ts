import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { packagesOf } from './packages.ts'
import type { Stage } from './stage.ts'

/** What a package with native code has in its folder. */
const traces = ['binding.gyp', 'prebuilds']

/**
 * Names of the packages among bundled files that need native code: by what is in their folders, or a stubbed file of theirs. So do those
 * for one kind of processor, JavaScript or not: npm installs them on some machines only, and an artifact has the same bytes from all.
 */
export function nativePackages(files: readonly string[], stubbed: ReadonlySet<string>, { nameOf }: Stage): string[] {
  const foreign = files.filter((path) => nameOf(path).startsWith('node_modules/'))
  const traced = packagesOf(foreign).filter(({ folder }) => hasTrace(folder) || isForOneProcessor(folder))
  return [...traced, ...packagesOf(stubbed)].map(({ name }) => name)
}

function hasTrace(folder: string): boolean {
  return traces.some((name) => existsSync(join(folder, name)))
}

function isForOneProcessor(folder: string): boolean {
  const { cpu } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { cpu?: unknown }
  return Array.isArray(cpu) && cpu.length === 1 && !String(cpu[0]).startsWith('!')
}

/**
 * Lets a bundle with native files be made, so that the scan can tell required ones from optional ones: one that is named
 * stays a `require`, one that a package's main field names becomes empty and goes into `stubbed`.
 */
export function stubNativeFiles(stubbed: Set<string>): Plugin {
  return {
    name: 'native-files',
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, external: true }))
      build.onLoad({ filter: /\.node$/ }, ({ path }) => {
        stubbed.add(path)
        return { contents: '' }
      })
    },
  }
}
