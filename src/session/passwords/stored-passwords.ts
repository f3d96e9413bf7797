import { hash as digestOf, timingSafeEqual } from 'node:crypto'
import { isBcrypt, isSlow, type Passwords, type StoredPassword } from '../../request/steps/basic-auth/passwords.ts'
import { hashOf } from '../keys/hash-function.ts'
import { BcryptThreads } from './bcrypt-threads.ts'

/** What a refusal costs before a costlier hash has been seen: what new passwords are hashed with. */
const USUAL_COST = 10
/** A hash of this cost takes a second; one of a cost of 31 would take a day. */
const HIGHEST_COST = 14

/**
 * Checks passwords against what sessions have of them. Every refusal costs the same, in a thread of its own: whether there is no such
 * user, or their password is another one, and whatever that is kept by.
 */
export class StoredPasswords implements Passwords {
  readonly #threads = new BcryptThreads()
  #cost = USUAL_COST

  matches(password: string, stored: StoredPassword | undefined): boolean | Promise<boolean> {
    const { password: hash = '' } = stored ?? {}
    if (stored && isSlow(stored) && isBcrypt(hash)) {
      this.#cost = Math.max(this.#cost, Math.min(Number(hash.slice(4, 6)), HIGHEST_COST))
      return this.#threads.compare({ password, hash, cost: this.#cost })
    }
    if (stored && hash !== '' && !isSlow(stored) && matchesAtOnce(password, stored)) return true
    return this.#threads.compare({ password, hash: null, cost: this.#cost })
  }

  /** The hash of a new password. */
  hash(password: string): Promise<string> {
    return this.#threads.hash({ password, newCost: USUAL_COST })
  }

  close(): Promise<void> {
    return this.#threads.close()
  }
}

/** For the hashes that take no time, and for plain text. */
function matchesAtOnce(password: string, { password: hash = '', hash_type: type = '' }: StoredPassword): boolean {
  switch (type) {
    case '':
      return isSame(password, hash)
    case 'sha256':
    case 'murmur32':
    case 'murmur64':
    case 'murmur128':
      return isSame(hashOf(password, type, ''), hash.toLowerCase())
    default:
      return false
  }
}

/** Compares in a time that does not tell where the two differ. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digestOf('sha256', a, 'buffer'), digestOf('sha256', b, 'buffer'))
}
