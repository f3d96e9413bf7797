import type { KeyObject } from 'node:crypto'

/** What a token says of the key that it was signed with. Nothing else in its header is looked at. */
export interface KeyHint {
  readonly alg: string
  readonly kid: string | undefined
}

/** A key that tokens are checked with. */
export type VerificationKey = KeyObject | Uint8Array

/** The keys of an API. */
export interface VerificationKeys {
  /** Changes whenever keys do: what was checked before has to be checked again. */
  readonly generation: number
  /**
   * The key for a token.
   *
   * @throws (or rejects with) `jwt_key_unknown`, `jwks_unavailable`
   */
  find(hint: KeyHint): VerificationKey | Promise<VerificationKey>
}

/** The one key that a definition has, whatever the token says. */
export class SingleKey implements VerificationKeys {
  readonly generation = 0
  readonly #key: VerificationKey

  constructor(key: VerificationKey) {
    this.#key = key
  }

  find(): VerificationKey {
    return this.#key
  }
}
