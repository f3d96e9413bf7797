import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { failure, textOf } from '../errors.ts'
import type { Toolchain } from './toolchain.ts'
import { giveToOwnerOf } from './write-output.ts'

export interface ScaffoldOptions {
  readonly folder: string
  /** The plugin's name for package.json. */
  readonly name: string
  /** The gateway's version, for the commands in the README. */
  readonly version: string
  readonly tools: Toolchain
}

/** Names of files, relative to the folder. */
export interface ScaffoldReport {
  readonly written: readonly string[]
  readonly kept: readonly string[]
}

/**
 * Writes what a new plugin needs. Files that exist stay as they are; `.postern` is Postern's own and is written anew.
 *
 * @throws scaffold_failed
 */
export async function scaffold(options: ScaffoldOptions): Promise<ScaffoldReport> {
  const { folder } = options
  try {
    await mkdir(folder, { recursive: true })
    const report = await writeTemplate(options)
    await writePosternFolder(join(folder, '.postern'), options.tools)
    const entries = await readdir(join(folder, '.postern'), { recursive: true })
    const paths = [...report.written, '.postern', ...entries.map((name) => join('.postern', name))]
    for (const path of paths) await giveToOwnerOf(folder, join(folder, path))
    return { ...report, written: [...report.written, '.postern/'] }
  } catch (error) {
    throw failure('scaffold_failed', { folder, reason: textOf(error) }, error)
  }
}

async function writeTemplate({ folder, name, version, tools }: ScaffoldOptions): Promise<ScaffoldReport> {
  const template = join(tools.template, 'plugin')
  const hasPlugin = existsSync(join(folder, 'plugin.ts'))
  const written: string[] = []
  const kept: string[] = []
  for (const file of (await readdir(template)).sort()) {
    // The test is that of the template's plugin.
    if (file === 'plugin.test.ts' && hasPlugin && !existsSync(join(folder, file))) continue
    const text = await readFile(join(template, file), 'utf8')
    const filled = text.replaceAll('{{name}}', name).replaceAll('{{version}}', version)
    const isNew = await writeNew(join(folder, file), filled)
    ;(isNew ? written : kept).push(file)
  }
  return { written, kept }
}

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The packages whose types an editor needs; Hono also runs in tests. */
const packages = ['hono', '@types/node', 'undici-types', '@standard-schema/spec']

async function writePosternFolder(target: string, { contract, testKit, packages: home, template }: Toolchain): Promise<void> {
  await rm(target, { recursive: true, force: true })
  await cp(join(template, 'postern'), target, { recursive: true })
  await cp(contract, join(target, 'plugin'), { recursive: true })
  await cp(testKit.contract, join(target, 'test'), { recursive: true })
  for (const name of packages) {
    const unneeded = join(home, name, 'dist/cjs') + sep
    const isNeeded = (path: string) => !`${path}${sep}`.startsWith(unneeded)
    await cp(join(home, name), join(target, 'node_modules', name), { recursive: true, dereference: true, filter: isNeeded })
  }
}
