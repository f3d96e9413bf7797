import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure, textOf } from '../errors.ts'

/**
 * Writes a file so that whoever reads it sees the old one or the new one, never a part, also after a power cut. The file that
 * is being written begins with a dot, and is no definition to anybody.
 *
 * @throws `admin_file_not_written`
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const partial = join(dirname(file), `.${basename(file)}.${randomUUID().slice(0, 8)}.partial`)
  try {
    await writeThrough(partial, text)
    await rename(partial, file)
  } catch (cause) {
    await rm(partial, { force: true })
    throw failure('admin_file_not_written', { file, reason: textOf(cause) }, cause)
  }
}

async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** @throws `admin_file_not_deleted` */
export async function deleteFile(file: string): Promise<void> {
  try {
    await rm(file)
  } catch (cause) {
    throw failure('admin_file_not_deleted', { file, reason: textOf(cause) }, cause)
  }
}

/** Whether a file can be named after an id without leaving its folder, or being hidden in it. */
export function isFileName(id: string): boolean {
  return /^\w[\w.-]*$/.test(id)
}

/** One thing after another: what is looked up stays true until what is made of it is written. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(turn: () => Promise<T>): Promise<T> {
    const taken = this.#last.then(turn, turn)
    this.#last = taken
    return taken
  }
}
