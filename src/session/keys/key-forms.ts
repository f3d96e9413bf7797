import { type HashFunctionName, hashOf } from './hash-function.ts'
import { keyText, randomId, readKeyText } from './key-text.ts'

/** How keys look and how they are stored; of gateway.conf. */
export interface KeySettings {
  /** Whether keys are stored hashed. */
  readonly hashed: boolean
  /** What new keys are hashed by, and name in their text; '' means murmur32, in keys that do not say so. */
  readonly hashFunction: HashFunctionName | ''
  /** What keys may be hashed by besides. */
  readonly fallback: readonly HashFunctionName[]
  /** What `hmac-sha256` is keyed with. */
  readonly secret: string
  /** Shorter texts are no keys. */
  readonly minLength: number
}

/** What stands between the key that a client sends and the text that the store has it under. */
export class KeyForms {
  readonly settings: KeySettings
  readonly #functions: readonly HashFunctionName[]

  constructor(settings: KeySettings) {
    this.settings = settings
    this.#functions = [...new Set([settings.hashFunction || 'murmur32', ...settings.fallback])]
  }

  /** The text of a key of an organisation: of a chosen id, or a new one. */
  text(orgId: string, id: string = randomId()): string {
    return keyText(orgId, id, this.settings.hashFunction)
  }

  /** What a key is stored under. */
  stored(text: string): string {
    return this.settings.hashed ? this.#hash(text, this.#functionOf(text)) : text
  }

  /** Everything that what a client sends may be stored under, the likeliest first. */
  candidates(orgId: string, sent: string): string[] {
    if (sent.length < this.settings.minLength) return []
    const { hashFunction, fallback } = this.settings
    const texts = new Set([hashFunction, ...fallback].map((name) => keyText(orgId, sent, name)))
    const [first = sent, ...others] = texts
    return [...new Set([first, sent, ...others].flatMap((text) => this.#storedForms(text)))]
  }

  #storedForms(text: string): string[] {
    if (!this.settings.hashed) return [text]
    const names = readKeyText(text) ? [this.#functionOf(text)] : this.#functions
    return names.map((name) => this.#hash(text, name))
  }

  /** The function that a key names: one that the configuration knows of, or else a client could choose a weak one. */
  #functionOf(text: string): HashFunctionName {
    const named = readKeyText(text)?.hash
    return named && this.#functions.includes(named) ? named : (this.#functions[0] as HashFunctionName)
  }

  #hash(text: string, name: HashFunctionName): string {
    return hashOf(text, name, this.settings.secret)
  }
}
