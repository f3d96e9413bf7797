import { readFile, stat } from 'node:fs/promises'
import { failure, isFailure, textOf } from '../errors.ts'

/**
 * The bytes of the artifact that a command is about.
 *
 * @throws artifact_unreadable
 */
export async function readArtifactFile(path: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile()) throw failure('artifact_unreadable', { path, reason: 'it is not a regular file' })
    return await readFile(path)
  } catch (error) {
    if (isFailure(error)) throw error
    throw failure('artifact_unreadable', { path, reason: textOf(error) }, error)
  }
}
