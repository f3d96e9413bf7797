import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder that goes when its owner does. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** Writes a file, given relative to the folder, and returns its path; what is neither a string nor a Buffer is written as JSON. */
  write(name: string, content: unknown): Promise<string>
}

export async function makeFolder(files: Readonly<Record<string, unknown>> = {}): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-control-'))
  const write = async (name: string, content: unknown) => {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
    return file
  }
  for (const [name, content] of Object.entries(files)) await write(name, content)
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
