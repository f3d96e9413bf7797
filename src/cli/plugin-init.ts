import { basename, join, resolve } from 'node:path'
import { scaffold } from '../compiler/scaffold.ts'
import { toolchain } from '../compiler/toolchain.ts'
import { current } from '../version.ts'
import type { Command, Io } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE = 'usage: postern plugin init DIR   writes the files of a new plugin into DIR, and overwrites none'

/** `postern plugin init`: writes a new plugin to start from. */
export const pluginInit: Command = async (args, io) => {
  try {
    const { path } = readArguments('plugin init', args, {})
    await initPlugin(path, packageNameOf(path), io)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

/** Scaffolds, and tells which files are new. */
export async function initPlugin(folder: string, name: string, io: Io): Promise<void> {
  const { written, kept } = await scaffold({ folder, name, version: current.version, tools: toolchain() })
  for (const file of written) io.out(`wrote ${join(folder, file)}`)
  for (const file of kept) io.out(`kept  ${join(folder, file)}`)
}

/** The folder's name in the letters that npm allows. */
function packageNameOf(folder: string): string {
  const name = basename(resolve(folder)).toLowerCase()
  return name.replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+|[._-]+$/g, '') || 'plugin'
}
