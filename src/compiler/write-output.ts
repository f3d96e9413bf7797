import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { chmod, chown, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { failure, textOf } from '../errors.ts'
import type { Stage } from './stage.ts'

/**
 * Refuses to write over one of the files that were bundled: a plugin in JavaScript may have the very name that its artifact
 * is to have.
 */
export function refuseSource(output: string, bundled: readonly string[], { source, folder }: Stage): void {
  const target = existsSync(output) ? realpathSync(output) : output
  const staged = join(source, relative(realpathSync(folder), target))
  if (bundled.includes(staged)) throw failure('output_is_source', { path: output })
}

/**
 * Writes a file so that whoever watches its folder sees the old one or the new one, never a part. It belongs to the owner of
 * `folder`: a compiler that runs as root in a container leaves nothing behind that its caller cannot delete.
 */
export async function writeOutput(path: string, content: Buffer, folder: string): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.partial`)
  try {
    await writeFile(partial, content)
    await chmod(partial, 0o644)
    await giveToOwnerOf(folder, partial)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw failure('output_unwritable', { path, reason: reasonOf(error, dirname(path)) }, error)
  }
}

function reasonOf(error: unknown, folder: string): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no folder "${folder}"; create it first` : textOf(error)
}

/** Makes a file belong to whom a folder belongs to, where this process may do so. */
export async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  await chown(path, uid, gid)
}
