import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Marks a file as one of records: "poan" in ASCII. */
const APPLICATION_ID = 0x706f616e
const FORMAT = 2

/** How long another process may take to write what it has. */
export const BUSY_TIMEOUT_MS = 5_000

/** Batches are long: large pages take fewer writes. In bytes. */
const PAGE_SIZE = 16_384

/** `record` is for whoever looks into the file. */
const tables = `
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    expires_at INTEGER,
    records TEXT NOT NULL
  ) STRICT;
  CREATE INDEX batch_last_at ON batch (last_at);
  CREATE INDEX batch_expiry ON batch (expires_at) WHERE expires_at IS NOT NULL;
  CREATE VIEW record AS
    SELECT
      value ->> 'TimeStamp' AS time,
      value ->> 'APIID' AS api,
      value ->> 'APIKey' AS key,
      value ->> 'ResponseCode' AS status,
      value ->> 'Path' AS path,
      value ->> 'Plugin' AS plugin,
      value ->> '$.Latency.Total' AS total_ms,
      value ->> '$.Latency.Upstream' AS upstream_ms,
      value AS record
    FROM batch, json_each(batch.records);
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
    database.exec(`PRAGMA page_size = ${PAGE_SIZE}`)
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
  if (!hasRecords(database)) database.exec(tables)
}

/** Whether there are tables of records; false of a file that is empty. @throws where it is something else */
export function hasRecords(database: DatabaseSync): boolean {
  const version = pragma(database, 'user_version')
  const isOurs = pragma(database, 'application_id') === APPLICATION_ID
  if (isOurs && version === FORMAT) return true
  if (isOurs) throw new Error(`it has format ${version}, of another version of Postern, and not ${FORMAT}; move it away`)
  if (database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined)
    throw new Error('it is a database of something else; move it away')
  return false
}

export function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number
}
