import { textOf } from '../../../errors.ts'
import type { StepTools } from '../step-kind.ts'
import type { BytesCache } from './bytes-cache.ts'
import { variantKey } from './cache-key.ts'
import { type CachedResponse, decodeEntry, encodeEntry, encodeVariants, type Variants, variedBy } from './entry.ts'

/** The responses of one API that are kept. What goes wrong with the cache is logged, and costs a request nothing but the look. */
export class ResponseCache {
  readonly #bytes: BytesCache
  readonly #tools: StepTools

  constructor(tools: StepTools) {
    this.#bytes = tools.cache
    this.#tools = tools
  }

  /** The response for a key, of the variant that fits the request's headers. */
  find(key: string, headers: Headers): CachedResponse | undefined | Promise<CachedResponse | undefined> {
    const found = this.#read(key)
    return found instanceof Promise
      ? found.then((entry) => this.#variant(entry, key, headers))
      : this.#variant(found, key, headers)
  }

  #variant(
    entry: CachedResponse | Variants | undefined,
    key: string,
    headers: Headers,
  ): CachedResponse | undefined | Promise<CachedResponse | undefined> {
    if (!entry || !('vary' in entry)) return entry
    const found = this.#read(variantKey(key, headers, entry.vary))
    return found instanceof Promise ? found.then(asResponse) : asResponse(found)
  }

  #read(key: string): CachedResponse | Variants | undefined | Promise<CachedResponse | Variants | undefined> {
    try {
      const bytes = this.#bytes.get(this.#tools.apiId, key)
      if (bytes instanceof Promise) return bytes.then(decoded).catch((error) => this.#complain('Read', error))
      return decoded(bytes)
    } catch (error) {
      return this.#complain('Read', error)
    }
  }

  /**
   * Keeps a response; settles when the next request finds it.
   *
   * @param headers of the request, which tell the variant
   * @param ttl in seconds; 0: as long as there is room
   */
  async keep(key: string, headers: Headers, response: CachedResponse, ttl: number): Promise<void> {
    const vary = variedBy(response.headers)
    const options = ttl > 0 ? { ttl } : {}
    try {
      if (vary.length === 0) await this.#bytes.set(this.#tools.apiId, key, encodeEntry(response), options)
      else {
        await this.#bytes.set(this.#tools.apiId, variantKey(key, headers, vary), encodeEntry(response), options)
        await this.#bytes.set(this.#tools.apiId, key, encodeVariants({ vary }), options)
      }
    } catch (error) {
      this.#complain('Keep', error)
    }
  }

  #complain(what: 'Read' | 'Keep', error: unknown): undefined {
    this.#tools.log.warn(
      { err: error },
      `${what} a response in the cache failed: ${textOf(error)}; the request goes on without it`,
    )
    return undefined
  }
}

function decoded(bytes: Buffer | undefined): CachedResponse | Variants | undefined {
  return bytes && decodeEntry(bytes)
}

function asResponse(entry: CachedResponse | Variants | undefined): CachedResponse | undefined {
  return entry && 'vary' in entry ? undefined : entry
}
