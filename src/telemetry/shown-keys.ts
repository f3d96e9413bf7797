import { maskedKey } from '../request/steps/session/masked-key.ts'
import type { KeyForms } from '../session/keys/key-forms.ts'

/** How many hashes are kept: those of keys that call again and again. */
const MOST = 10_000

/** Keys as logs show them: what they are stored under where they are stored hashed, else their last four characters. */
export class ShownKeys {
  readonly #forms: KeyForms
  readonly #hashes = new Map<string, string>()

  constructor(forms: KeyForms) {
    this.#forms = forms
  }

  of(key: string): string {
    if (key === '') return ''
    if (!this.#forms.settings.hashed) return maskedKey(key)
    let hash = this.#hashes.get(key)
    if (hash === undefined) {
      if (this.#hashes.size >= MOST) this.#hashes.clear()
      hash = this.#forms.stored(key)
      this.#hashes.set(key, hash)
    }
    return hash
  }
}
