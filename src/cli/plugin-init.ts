import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { scaffold } from '../compiler/scaffold.ts'
import { toolchain } from '../compiler/toolchain.ts'
import { textOf } from '../errors.ts'
import { current } from '../version.ts'
import type { Io } from './io.ts'

const USAGE = 'usage: postern plugin init FOLDER    writes the files of a new plugin into FOLDER, and overwrites none'

/** `postern plugin init`: scaffolds a plugin. */
export async function pluginInit(args: readonly string[], io: Io): Promise<number> {
  const folder = parse(args)
  if (folder === null) {
    io.err(USAGE)
    return 2
  }
  return await initPlugin({ folder, name: packageNameOf(folder) }, io)
}

/** Scaffolds, and tells which files are new. */
export async function initPlugin({ folder, name }: { folder: string; name: string }, io: Io): Promise<number> {
  try {
    const { written, kept } = await scaffold({ folder, name, version: current.version, tools: toolchain() })
    for (const file of written) io.out(`wrote ${join(folder, file)}`)
    for (const file of kept) io.out(`kept  ${join(folder, file)}`)
    return 0
  } catch (error) {
    io.err(textOf(error))
    return 1
  }
}

function parse(args: readonly string[]): string | null {
  try {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true })
    return positionals.length === 1 ? (positionals[0] ?? null) : null
  } catch {
    return null
  }
}

/** The folder's name in the letters that npm allows. */
function packageNameOf(folder: string): string {
  const name = basename(resolve(folder)).toLowerCase()
  return name.replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+|[._-]+$/g, '') || 'plugin'
}
