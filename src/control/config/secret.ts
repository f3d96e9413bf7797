import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failure, textOf } from '../../errors.ts'
import type { Config } from './schema.ts'

/** Another process writes its secret within this time, once it has made the file. */
const PATIENCE_MS = 1_000

/** The secret of the admin API, and whether it has just been made. */
export interface OpenedSecret {
  readonly secret: string
  /** The file a new secret was written to; `null` where there was one. */
  readonly generatedIn: string | null
}

/**
 * The configured secret, else the one in `{data_path}/secret`, else a new one (32 random bytes), which is kept there,
 * readable by the gateway's user alone.
 *
 * @throws `secret_not_kept`
 */
export async function openSecret(config: Pick<Config, 'secret' | 'data_path'>): Promise<OpenedSecret> {
  if (config.secret !== '') return { secret: config.secret, generatedIn: null }
  const file = join(config.data_path, 'secret')
  try {
    const kept = await keptIn(file)
    if (kept !== '') return { secret: kept, generatedIn: null }
    const secret = randomBytes(32).toString('base64url')
    await mkdir(config.data_path).catch(ignoreExisting)
    const isOurs = await writeNew(file, `${secret}\n`)
    return isOurs ? { secret, generatedIn: file } : { secret: await writtenBeside(file), generatedIn: null }
  } catch (error) {
    throw failure('secret_not_kept', { file, reason: textOf(error) }, error)
  }
}

async function keptIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Whether there was none. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    ignoreExisting(error as NodeJS.ErrnoException)
    return false
  }
}

/** The secret that another process, on the same folder, is just about to write. */
async function writtenBeside(file: string): Promise<string> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await delay(10)) {
    const secret = await keptIn(file)
    if (secret !== '') return secret
  }
  throw new Error('the file is empty; delete it')
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
