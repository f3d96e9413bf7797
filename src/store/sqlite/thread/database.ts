import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sumOf } from '../../sum.ts'
import type { Operations, QuotaRow, StoredText } from '../operations.ts'

/** Expired rows that one purge removes from a table at most: some milliseconds. */
const PURGED = 1000

const LIVE = '(expires_at IS NULL OR expires_at > ?)'

/** The operations, in SQL. What is written waits for {@link commit}; what is read knows of it already. */
export class Database implements Operations {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  /** Writes since the last commit. */
  #writes = 0

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** How many writes wait for a commit. */
  get writes(): number {
    return this.#writes
  }

  /** Whether SQLite has undone what waits for a commit: it does so when it meets a full disk, for one. */
  get isUndone(): boolean {
    return this.#writes > 0 && !this.#database.isTransaction
  }

  commit(): void {
    if (this.#database.isTransaction) this.#database.exec('COMMIT')
    this.#writes = 0
  }

  rollback(): void {
    this.#writes = 0
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  close(): void {
    this.#database.close()
  }

  getSession(key: string, now: number): StoredText | undefined {
    const found = this.#prepared(`SELECT text, expires_at FROM session WHERE key = ? AND ${LIVE}`).get(key, now)
    return found && { text: found.text as string, expiresAt: found.expires_at as number | null }
  }

  setSession(key: string, { text, expiresAt }: StoredText): void {
    this.#write('INSERT OR REPLACE INTO session (key, text, expires_at) VALUES (?, ?, ?)', key, text, expiresAt)
  }

  deleteSession(key: string, now: number): boolean {
    const found = this.getSession(key, now) !== undefined
    this.#write('DELETE FROM session WHERE key = ?', key)
    return found
  }

  sessionKeys(prefix: string, now: number): string[] {
    const keys: string[] = []
    const rows = this.#prepared(`SELECT key FROM session WHERE key >= ? AND ${LIVE} ORDER BY key`).iterate(prefix, now)
    for (const { key } of rows) {
      if (!(key as string).startsWith(prefix)) break
      keys.push(key as string)
    }
    return keys
  }

  getValue(key: string, now: number): string | undefined {
    return this.#value(key, now)?.text
  }

  setValue(key: string, { text, expiresAt }: StoredText): void {
    this.#write('INSERT OR REPLACE INTO value (key, text, expires_at) VALUES (?, ?, ?)', key, text, expiresAt)
  }

  deleteValue(key: string): void {
    this.#write('DELETE FROM value WHERE key = ?', key)
  }

  increment(key: string, by: number, expiresAt: number | null, now: number): number | string {
    const found = this.#value(key, now)
    const total = sumOf(found?.text ?? '0', by)
    if (total === undefined) return found?.text ?? '0'
    this.setValue(key, { text: String(total), expiresAt: found ? found.expiresAt : expiresAt })
    return total
  }

  loadQuotas(now: number): QuotaRow[] {
    const rows = this.#prepared('SELECT key, used, renews_at FROM quota WHERE renews_at = 0 OR renews_at > ?').iterate(now)
    return Array.from(rows, (row) => [row.key as string, row.used as number, row.renews_at as number])
  }

  saveQuotas(rows: readonly QuotaRow[]): void {
    for (const [key, used, renewsAtMs] of rows) {
      if (used === 0) this.#write('DELETE FROM quota WHERE key = ?', key)
      else this.#write('INSERT OR REPLACE INTO quota (key, used, renews_at) VALUES (?, ?, ?)', key, used, renewsAtMs)
    }
  }

  purge(now: number): void {
    for (const table of ['session', 'value']) {
      const expired = `SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ${PURGED}`
      this.#write(`DELETE FROM ${table} WHERE rowid IN (${expired})`, now)
    }
    const over = `SELECT rowid FROM quota WHERE renews_at BETWEEN 1 AND ? LIMIT ${PURGED}`
    this.#write(`DELETE FROM quota WHERE rowid IN (${over})`, now)
  }

  #value(key: string, now: number): StoredText | undefined {
    const found = this.#prepared(`SELECT text, expires_at FROM value WHERE key = ? AND ${LIVE}`).get(key, now)
    return found && { text: found.text as string, expiresAt: found.expires_at as number | null }
  }

  #write(sql: string, ...values: (string | number | null)[]): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN IMMEDIATE')
    this.#prepared(sql).run(...values)
    this.#writes++
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
