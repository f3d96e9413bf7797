import { Origins } from './origins.ts'
import type { CorsOptions } from './schema.ts'

const METHODS = ['GET', 'POST', 'HEAD']
const HEADERS = ['Origin', 'Accept', 'Content-Type', 'X-Requested-With']
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** What a preflight asks for. */
export interface Preflight {
  readonly origin: string
  readonly method: string
  /** Access-Control-Request-Headers; '' if there are none. */
  readonly headers: string
}

/** Headers by name. */
export type Fields = readonly (readonly [name: string, value: string])[]

/** What a definition allows the scripts of other origins (Fetch standard, "CORS protocol"). */
export class CorsPolicy {
  readonly #origins: Origins
  readonly #methods: readonly string[]
  readonly #headers: ReadonlySet<string> | null
  readonly #credentials: boolean
  readonly #exposed: string
  readonly #maxAge: number

  constructor(options: CorsOptions) {
    this.#origins = new Origins(options.allowed_origins)
    this.#methods = (options.allowed_methods.length > 0 ? options.allowed_methods : METHODS).map((method) => method.toUpperCase())
    const headers = options.allowed_headers.length > 0 ? options.allowed_headers : HEADERS
    this.#headers = headers.includes('*') ? null : new Set([...headers, 'Origin'].map((name) => name.toLowerCase()))
    // With every origin they would let any page on the web act in the user's name.
    this.#credentials = options.allow_credentials && !this.#origins.every
    this.#exposed = options.exposed_headers.join(', ')
    this.#maxAge = options.max_age
  }

  /** Whether responses are the same for every origin. */
  get isConstant(): boolean {
    return this.#origins.every
  }

  /** What a response to that origin has; null if it may not be read there. */
  fieldsFor(origin: string): Fields | null {
    if (this.#origins.every) return this.#withExposed([['Access-Control-Allow-Origin', '*']])
    if (!this.#origins.includes(origin)) return null
    return this.#withExposed(this.#allowing(origin))
  }

  /** The answer to a preflight, or what it was refused for. */
  answer({ origin, method, headers }: Preflight): Fields | string {
    if (!this.#origins.includes(origin)) return `the origin "${origin}"`
    if (!this.#methods.includes(method)) return `the method "${method}"`
    const names = headers
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const refused = names.find((name) => !TOKEN.test(name) || (this.#headers && !this.#headers.has(name.toLowerCase())))
    if (refused !== undefined) return `the header "${refused}"`
    return [
      ...(this.#origins.every ? ([['Access-Control-Allow-Origin', '*']] as const) : this.#allowing(origin)),
      ['Access-Control-Allow-Methods', this.#methods.join(', ')],
      ...(names.length > 0 ? ([['Access-Control-Allow-Headers', names.join(', ')]] as const) : []),
      ...(this.#maxAge !== 0 ? ([['Access-Control-Max-Age', String(Math.max(this.#maxAge, 0))]] as const) : []),
    ]
  }

  #allowing(origin: string): Fields {
    return [
      ['Access-Control-Allow-Origin', origin],
      ...(this.#credentials ? ([['Access-Control-Allow-Credentials', 'true']] as const) : []),
    ]
  }

  #withExposed(fields: Fields): Fields {
    return this.#exposed === '' ? fields : [...fields, ['Access-Control-Expose-Headers', this.#exposed]]
  }
}
