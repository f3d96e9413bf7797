import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Refusal } from '../operations.ts'

/** Marks a file as a store of Postern's: "post" in ASCII. */
const APPLICATION_ID = 0x706f7374
const FORMAT = 1

/** How long another process may take to let go of the file: one that is being replaced is about to end. */
const BUSY_TIMEOUT_MS = 5_000

/** Larger files are not read through at each start, which takes a second for each gigabyte; damage shows when it is met. */
const LARGEST_CHECKED = 256 * 1024 * 1024

const tables = `
  CREATE TABLE session (key TEXT PRIMARY KEY, text TEXT NOT NULL, expires_at INTEGER) STRICT;
  CREATE INDEX session_expiry ON session (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE value (key TEXT PRIMARY KEY, text TEXT NOT NULL, expires_at INTEGER) STRICT;
  CREATE INDEX value_expiry ON value (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE quota (key TEXT PRIMARY KEY, used INTEGER NOT NULL, renews_at INTEGER NOT NULL) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`

/** A file that is not what it should be; it is left as it is. */
class Unusable extends Error {
  override readonly name = 'Unusable'
}

/**
 * Opens the database of a store, for this process alone, or makes it.
 *
 * @throws what {@link refusalOf} explains; the file is then as it was
 */
export function openDatabase(file: string): DatabaseSync {
  makeFile(file)
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    // Whoever else had the file open would not see what is held in memory here, nor be seen.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    check(database, file)
    database.exec('PRAGMA journal_mode = WAL')
    // What was acknowledged outlives a power cut too, not only the end of the process.
    database.exec('PRAGMA synchronous = FULL')
    if (pragma(database, 'user_version') === 0) database.exec(`BEGIN; ${tables} COMMIT`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** What to say of an error that {@link openDatabase} threw. */
export function refusalOf(error: unknown): Refusal {
  const { errcode, message } = error as { errcode?: number; message: string }
  const left = 'the file was left as it is: put a backup in its place, or move it away to begin with an empty store'
  if (error instanceof Unusable) return { reason: message, remedy: left }
  switch (errcode) {
    case 5: // SQLITE_BUSY
      return {
        reason: 'another process has it open',
        remedy: 'give each gateway a "data_path" of its own, or let them share a Redis ("storage": { "type": "redis" })',
      }
    case 11: // SQLITE_CORRUPT
      return { reason: `it is damaged (${message})`, remedy: left }
    case 26: // SQLITE_NOTADB
      return { reason: 'it is not a SQLite database', remedy: left }
    default:
      return { reason: message, remedy: 'make its folder writable, or name another one as "data_path"' }
  }
}

/** Sessions hold credentials: the file is the gateway's user's alone, and what SQLite puts beside it is like it. */
function makeFile(file: string): void {
  const folder = dirname(file)
  try {
    mkdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  closeSync(openSync(file, 'a', 0o600))
}

function check(database: DatabaseSync, file: string): void {
  const application = pragma(database, 'application_id')
  const format = pragma(database, 'user_version')
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number }
  if (application === 0 && format === 0 && tables === 0) return
  if (application !== APPLICATION_ID) throw new Unusable('it is a database of another program')
  if (format !== FORMAT) throw new Unusable(`found its format ${format}, expected ${FORMAT}: another version of Postern wrote it`)
  if (statSync(file).size > LARGEST_CHECKED) return
  const found = database.prepare('PRAGMA quick_check(1)').get()
  const [verdict] = Object.values(found ?? {})
  if (verdict !== 'ok') throw new Unusable(`it is damaged (${String(verdict).replaceAll('\n', ' ')})`)
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}
