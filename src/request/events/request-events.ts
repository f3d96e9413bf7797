import type { PosternError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { clientAddress } from '../address/client-address.ts'
import type { Exchange } from '../chain/exchange.ts'
import { maskedKey } from '../steps/session/masked-key.ts'

/** Refusals that an operator may want to be told of, by the names that Tyk's event handlers know. */
export type RequestEvent = 'AuthFailure' | 'KeyExpired' | 'QuotaExceeded' | 'RatelimitExceeded' | 'VersionFailure'

const SECOND_MS = 1000
/** Who is refused can ask again as often as they like: more lines than these would bury all others. */
const LINES_A_SECOND = 50

/** Lines of one second. */
interface Lines {
  since: number
  written: number
  leftOut: number
}

/**
 * What an API tells the log of refusals: a line for each, up to 50 a second for each kind of event. The next one after that
 * says how many were left out.
 */
export class RequestEvents {
  readonly #log: Logger
  /** Made on first use: most APIs have nothing to tell. */
  #lines: Map<RequestEvent, Lines> | null = null

  constructor(log: Logger) {
    this.#log = log
  }

  /** @param key what the client called itself, shown masked; '' if it did not */
  tell(event: RequestEvent, exchange: Exchange, error: PosternError, key = ''): void {
    const leftOut = this.#admit(event)
    if (leftOut === null) return
    const { path } = exchange
    const origin = clientAddress(exchange)
    const line = { event, err: error, path, origin, ...(key !== '' && { key: maskedKey(key) }) }
    this.#log.info({ ...line, ...(leftOut > 0 && { left_out: leftOut }) }, error.message)
  }

  /** How many lines were left out before this one; null if it is left out itself. */
  #admit(event: RequestEvent): number | null {
    const now = performance.now()
    const lines = this.#lines?.get(event) ?? this.#open(event)
    if (now - lines.since >= SECOND_MS) {
      lines.since = now
      lines.written = 0
    }
    if (lines.written >= LINES_A_SECOND) {
      lines.leftOut += 1
      return null
    }
    lines.written += 1
    const { leftOut } = lines
    lines.leftOut = 0
    return leftOut
  }

  #open(event: RequestEvent): Lines {
    const lines = { since: Number.NEGATIVE_INFINITY, written: 0, leftOut: 0 }
    this.#lines ??= new Map()
    this.#lines.set(event, lines)
    return lines
  }
}
