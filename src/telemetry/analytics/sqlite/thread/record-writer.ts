import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { RecordBatch, RecordThreadSetup } from '../operations.ts'
import { openRecords, pragma } from './open-records.ts'

/** How often what is to be removed is looked for. */
const PURGE_INTERVAL_MS = 1_000
/** Batches that are removed at once: some milliseconds. */
const PURGED = 100
/** So often at most, so that writing has its turn. */
const MOST_PURGES = 20
/** How much of the file is to be free before rows are no longer removed for it. */
const ROOM = 0.95

/** The bytes are a text's. */
const INSERT = 'INSERT INTO batch (first_at, last_at, expires_at, records) VALUES (?, ?, ?, CAST(? AS TEXT))'

interface Opened {
  readonly database: DatabaseSync
  readonly insert: StatementSync
}

/** Writes records, and removes those that are too old, or too many. After a failure the file is opened anew. */
export class RecordWriter {
  readonly #setup: RecordThreadSetup
  #opened: Opened | null = null
  #purgedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(setup: RecordThreadSetup) {
    this.#setup = setup
  }

  write(batches: readonly RecordBatch[]): ArrayBuffer[] {
    try {
      this.#opened ??= this.#open()
      const { database, insert } = this.#opened
      database.exec('BEGIN IMMEDIATE')
      for (const { firstAt, lastAt, expiresAt, records } of batches) insert.run(firstAt, lastAt, expiresAt, records)
      database.exec('COMMIT')
    } catch (error) {
      // Without room nothing else can be written either, until something is removed.
      this.#purge()
      this.close()
      throw error
    }
    if (performance.now() - this.#purgedAt > PURGE_INTERVAL_MS) this.#purge()
    return batches.map(({ records }) => records.buffer)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#opened?.database.close()
    this.#opened = null
  }

  #open(): Opened {
    const database = openRecords(this.#setup.file)
    this.#timer = setInterval(() => this.#purge(), PURGE_INTERVAL_MS * 60)
    return { database, insert: database.prepare(INSERT) }
  }

  /** What is not removed now is removed later. */
  #purge(): void {
    this.#purgedAt = performance.now()
    const { database } = this.#opened ?? {}
    if (!database) return
    try {
      if (database.isTransaction) database.exec('ROLLBACK')
      const now = Date.now()
      const { retentionMs, maxBytes } = this.#setup
      for (let i = 0; i < MOST_PURGES; i += 1) {
        const isTooLarge = usedBytes(database) > maxBytes * ROOM
        const removed =
          remove(database, 'expires_at <= ?', now, PURGED) + remove(database, 'last_at < ?', now - retentionMs, PURGED)
        if (isTooLarge && removed === 0) remove(database, 'last_at <= ?', now, share(database))
        if (removed === 0 && !isTooLarge) return
      }
    } catch {
      // What is wrong with the file shows when it is written to.
    }
  }
}

/** Removes the oldest batches that a condition holds for. */
function remove(database: DatabaseSync, condition: string, value: number, most: number): number {
  const ids = `SELECT id FROM batch WHERE ${condition} ORDER BY last_at LIMIT ?`
  return Number(database.prepare(`DELETE FROM batch WHERE id IN (${ids})`).run(value, most).changes)
}

/** How many batches make room for others, and are removed in some milliseconds. */
function share(database: DatabaseSync): number {
  const { first, last } = database.prepare('SELECT min(id) AS first, max(id) AS last FROM batch').get() ?? {}
  return Math.min(PURGED, Math.ceil((Number(last ?? 0) - Number(first ?? 0) + 1) / 10))
}

/** Without the pages that are free to be used again. */
function usedBytes(database: DatabaseSync): number {
  return (pragma(database, 'page_count') - pragma(database, 'freelist_count')) * pragma(database, 'page_size')
}
