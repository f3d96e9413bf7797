import { failure } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { isFieldValue } from '../../message/header-list.ts'
import type { Template } from '../../values/template.ts'

/** What is done to a header list: names are taken away, then others are set. */
export class HeaderChange {
  readonly #removed: readonly string[]
  /** The `X-Forwarded-*` among what is taken away, in lower case. */
  readonly #forwarded: readonly string[]
  readonly #set: readonly (readonly [name: string, value: Template])[]

  constructor(removed: readonly string[], set: readonly (readonly [name: string, value: Template])[]) {
    // Lists that have grown hold room for more, and there may be many.
    this.#removed = [...removed]
    this.#forwarded = removed.map((name) => name.toLowerCase()).filter((name) => name.startsWith('x-forwarded-'))
    this.#set = [...set]
  }

  /** Changes the request's headers; what is taken away the gateway does not add itself either. */
  applyToRequest(exchange: Exchange): void {
    this.apply(exchange.openDraft().request.headers, exchange)
    if (this.#forwarded.length > 0) exchange.withheld = new Set([...(exchange.withheld ?? []), ...this.#forwarded])
  }

  /** Changes a header list. Where a value cannot be one (it has a line break, say), the header is taken away instead. */
  apply(headers: Headers, exchange: Exchange): void {
    for (const name of this.#removed) headers.delete(name)
    for (const [name, template] of this.#set) {
      const value = template.text(exchange)
      if (isFieldValue(value)) headers.set(name, value)
      else leaveOff(headers, name, exchange)
    }
  }
}

/** The client's own header of that name must not pass for the one that was to be set. */
function leaveOff(headers: Headers, name: string, exchange: Exchange): void {
  headers.delete(name)
  const error = failure('header_value_invalid', { name })
  exchange.api.log.warn({ err: error, path: exchange.path }, error.message)
}
