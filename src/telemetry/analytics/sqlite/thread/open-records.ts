import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Marks a file as one of records: "poan" in ASCII. */
const APPLICATION_ID = 0x706f616e
const FORMAT = 1

/** How long another process may take to write what it has. */
export const BUSY_TIMEOUT_MS = 5_000

const tables = `
  CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    expires_at INTEGER,
    api TEXT NOT NULL,
    key TEXT NOT NULL,
    status INTEGER NOT NULL,
    path TEXT NOT NULL,
    plugin TEXT NOT NULL,
    total REAL NOT NULL,
    upstream REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX record_at ON record (at);
  CREATE INDEX record_expiry ON record (expires_at) WHERE expires_at IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`

/** Opens the database of records for writing, or makes it; other processes may have it open as well. */
export function openRecords(file: string): DatabaseSync {
  // Records may hold what is nobody else's business: the file is the gateway's user's alone.
  mkdirSync(dirname(file), { recursive: true })
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec('PRAGMA journal_mode = WAL')
    // What a power cut takes is a moment's records, never the file.
    database.exec('PRAGMA synchronous = NORMAL')
    database.exec('BEGIN IMMEDIATE')
    makeTables(database)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function makeTables(database: DatabaseSync): void {
  const version = pragma(database, 'user_version')
  if (version === FORMAT && pragma(database, 'application_id') === APPLICATION_ID) return
  if (database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined)
    throw new Error('it is a database of something else; move it away')
  database.exec(tables)
}

export function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number
}
