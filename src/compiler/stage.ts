import { existsSync, realpathSync, statSync } from 'node:fs'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, sep } from 'node:path'
import { failure } from '../errors.ts'
import { packageOf } from './packages.ts'
import { providedPackages, type Toolchain } from './toolchain.ts'

/**
 * The temporary folders that a plugin is compiled in. Nothing is written to the plugin's own folder, and the compiler's
 * packages lie where module resolution looks after the plugin's own:
 *
 *     plugin-source/                 a copy of the plugin
 *     plugin-source/node_modules     the plugin's own, linked or installed
 *     node_modules/                  what the compiler provides
 */
export interface Stage {
  /** The plugin's own folder. */
  readonly folder: string
  /** The temporary folder. */
  readonly root: string
  /** The copy of the plugin's sources. */
  readonly source: string
  /** The name of a file in messages, in the source map and in digests: the same wherever the plugin and its packages lie. */
  nameOf(path: string): string
  close(): Promise<void>
}

/**
 * Copies a plugin's folder into a stage, without what is no source.
 *
 * @param kept the temporary folder, if it is to be there after the stage is closed; what it holds is replaced
 */
export async function openStage(folder: string, { packages }: Toolchain, kept?: string): Promise<Stage> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw failure('source_missing', { folder })
  const home = realpathSync(folder)
  const root = kept ?? (await mkdtemp(join(await realpath(tmpdir()), 'postern-compile-')))
  const source = join(root, 'plugin-source')
  const remove = (path: string) => rm(path, { recursive: true, force: true })
  const close = async () => (kept === undefined ? remove(root) : undefined)
  if (kept !== undefined) await Promise.all([remove(source), remove(join(root, 'node_modules'))])
  try {
    await cp(home, source, { recursive: true, dereference: true, filter: (path) => path === home || isWanted(path) })
    const installed = join(home, 'node_modules')
    if (existsSync(installed)) await symlink(realpathSync(installed), join(source, 'node_modules'), 'junction')
  } catch (error) {
    await close()
    throw error
  }
  // Links resolve to where packages really lie.
  const homes = [source, home, dirname(realpathSync(packages))]
  return { folder, root, source, nameOf: (path) => stableName(path, homes), close }
}

const unwanted = new Set(['node_modules', '.git', '.postern'])

/** Leaves out links that lead nowhere or back up, sockets and pipes too. */
function isWanted(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (unwanted.has(basename(path)) || found === undefined) return false
  return found.isFile() || (found.isDirectory() && !path.startsWith(realpathSync(path) + sep))
}

function stableName(path: string, homes: readonly string[]): string {
  const home = homes.find((folder) => path.startsWith(folder + sep))
  if (home !== undefined) return relative(home, path).replaceAll(sep, '/')
  // A package that is linked from elsewhere.
  const { name, folder } = packageOf(path) ?? { name: '', folder: dirname(path) }
  return join('node_modules', name, relative(folder, path)).replaceAll(sep, '/')
}

/**
 * Puts contract and provided packages beside the plugin. A package that the plugin brings itself comes first, also for the
 * contract: its types must be those of the very copy of Hono that the plugin imports.
 */
export async function provide({ root, source }: Stage, { contract, packages }: Toolchain): Promise<void> {
  const provided = join(root, 'node_modules')
  await cp(contract, join(provided, 'postern/plugin'), { recursive: true })
  const manifest = { name: 'postern', type: 'module', exports: { './plugin': './plugin/index.ts' } }
  await writeFile(join(provided, 'postern/package.json'), JSON.stringify(manifest))
  for (const name of providedPackages) {
    const own = join(source, 'node_modules', name)
    await mkdir(dirname(join(provided, name)), { recursive: true })
    await symlink(realpathSync(existsSync(own) ? own : join(packages, name)), join(provided, name), 'junction')
  }
}
