import { readFile, stat } from 'node:fs/promises'
import { failure, isFailure, textOf } from '../errors.ts'

/**
 * The bytes of the artifact that a command is about.
 *
 * @throws artifact_file_missing, artifact_unreadable
 */
export async function readArtifactFile(path: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile()) throw failure('artifact_unreadable', { path, reason: 'it is not a regular file' })
    return await readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Why what a command was given cannot be read. */
export function unreadable(path: string, error: unknown): unknown {
  if (isFailure(error)) return error
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return failure('artifact_file_missing', { path }, error)
  return failure('artifact_unreadable', { path, reason: textOf(error) }, error)
}
