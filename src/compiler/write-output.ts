import { chmod, chown, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure, textOf } from '../errors.ts'

/**
 * Writes a file so that whoever watches its folder sees the old one or the new one, never a part. It belongs to the owner of
 * `folder`: a compiler that runs as root in a container leaves nothing behind that its caller cannot delete.
 */
export async function writeOutput(path: string, content: Buffer, folder: string): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`)
  try {
    await writeFile(partial, content)
    await chmod(partial, 0o644)
    await giveToOwnerOf(folder, partial)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw failure('output_unwritable', { path, reason: textOf(error) }, error)
  }
}

/** Makes a file belong to whom a folder belongs to, where this process may do so. */
export async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  await chown(path, uid, gid)
}
