import { failure } from '../../../errors.ts'
import type { KeySet } from './key-set.ts'
import { chooseKey } from './parse-jwks.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from './verification-keys.ts'

/** What a client writes into the log is kept short. */
const LONGEST_SHOWN = 80

/** A key set, and how long an API uses its keys before they are fetched anew, in milliseconds. */
export interface TimedKeySet {
  readonly set: KeySet
  readonly timeoutMs: number
}

/** The keys of one or several URLs. */
export class JwksKeys implements VerificationKeys {
  readonly #sets: readonly TimedKeySet[]

  constructor(sets: readonly TimedKeySet[]) {
    this.#sets = sets
  }

  get generation(): number {
    return this.#sets.reduce((sum, { set }) => sum + set.generation, 0)
  }

  async find(hint: KeyHint): Promise<VerificationKey> {
    await all(this.#sets.map(({ set, timeoutMs }) => set.refresh(timeoutMs)))
    const found = this.#choose(hint) ?? (await this.#chooseAnew(hint))
    if (found) return found
    if (this.#sets.some(({ set }) => set.keys === null)) throw failure('jwks_unavailable', undefined)
    throw failure('jwt_key_unknown', { alg: hint.alg, kid: hint.kid?.slice(0, LONGEST_SHOWN) ?? '' })
  }

  /** A key that is not known may have come since. */
  async #chooseAnew(hint: KeyHint): Promise<VerificationKey | null> {
    const fetching = this.#sets.map(({ set }) => set.refetch())
    if (fetching.every((one) => one === null)) return null
    await all(fetching)
    return this.#choose(hint)
  }

  #choose(hint: KeyHint): VerificationKey | null {
    return chooseKey(
      this.#sets.flatMap(({ set }) => set.keys ?? []),
      hint,
    )
  }
}

async function all(promises: readonly (Promise<void> | null)[]): Promise<void> {
  if (promises.some((one) => one !== null)) await Promise.all(promises)
}
