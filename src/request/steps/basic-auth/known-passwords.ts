import { hash as digestOf, randomBytes } from 'node:crypto'
import { type Recent, RecentEntries } from '../../credentials/recent-entries.ts'

const MOST = 10_000

/**
 * Passwords that were right lately, so that not every request costs a slow hash. What is kept is no password, but a digest with a
 * key that only this process has; it holds for the stored hash that the password was right for, and for no other.
 */
export class KnownPasswords {
  readonly #secret = randomBytes(32).toString('base64')
  readonly #entries = new RecentEntries<Recent>(MOST, () => {})
  readonly #ttlMs: number

  /** @param ttlMs how long a password is remembered; 0: not at all */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  has(key: string, password: string, hash: string): boolean {
    return this.#ttlMs > 0 && this.#entries.get(this.#digest(key, password, hash), Date.now()) !== undefined
  }

  add(key: string, password: string, hash: string): void {
    if (this.#ttlMs === 0) return
    this.#entries.set(this.#digest(key, password, hash), { until: Date.now() + this.#ttlMs, used: false })
  }

  #digest(key: string, password: string, hash: string): string {
    return digestOf('sha256', JSON.stringify([this.#secret, key, password, hash]), 'base64')
  }
}
