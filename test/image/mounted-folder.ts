import { chmod, chown, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for containers to mount; it goes when its owner does. */
export interface MountedFolder extends AsyncDisposable {
  readonly path: string
}

/** The owner of mounted folders: somebody who is neither root nor the images' user, where this process may choose. */
export const owner =
  process.getuid?.() === 0 ? { uid: 12345, gid: 23456 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

/** Copies a folder, or makes an empty one. */
export async function mountedFolder(source?: string): Promise<MountedFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-image-'))
  if (source !== undefined) await cp(source, path, { recursive: true })
  await chmod(path, 0o755)
  await chown(path, owner.uid, owner.gid)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
