import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'

/** Where definitions may name artifacts. */
export interface ArtifactFolders {
  /** The folder of gateway.conf, which relative paths are relative to. */
  readonly confFolder: string
  /** Further folders, absolute. */
  readonly pluginPaths: readonly string[]
}

/**
 * The absolute file that a definition's `path` means, or `null` if it lies outside of the folders. Symbolic links are followed to
 * decide that, but not in the result, so that a link that is turned to a new target is seen. The file need not exist.
 */
export async function locateArtifact(path: string, { confFolder, pluginPaths }: ArtifactFolders): Promise<string | null> {
  const file = resolve(confFolder, path)
  const real = await realPathOf(file)
  for (const folder of [confFolder, ...pluginPaths]) {
    if (isInside(real, await realPathOf(folder))) return file
  }
  return null
}

/** The path without symbolic links, as far as it exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(await realPathOf(parent), basename(path))
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way.split(/[/\\]/)[0] !== '..' && !isAbsolute(way)
}
