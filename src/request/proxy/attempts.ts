import { failure, isFailure, property } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { BodySource } from '../message/body-source.ts'
import type { Payload } from '../message/payload.ts'
import type { CallFailure } from '../upstream/retry-policy.ts'
import type { Target } from '../upstream/target.ts'
import type { Admission } from '../upstream/target-health.ts'
import { isBrokenConnection, isIdempotent, isRepeatable } from './repeatable.ts'
import { send } from './send.ts'
import { isOfUpstream } from './upstream-error.ts'
import type { HeadReceiver, UpstreamHead, UpstreamResponse } from './upstream-response.ts'

/** Bodies up to this length are read away, so that their connections can be used again. */
const SMALL_BODY = 65_536

/**
 * The calls that one request takes: each to a target of its own choice, and again to another, or the same one later, as
 * long as the API's policy has it and the client has been sent nothing.
 */
export class Attempts implements HeadReceiver {
  readonly #exchange: Exchange
  readonly #receiver: HeadReceiver
  readonly #payload: Payload
  readonly #tried: Target[] = []
  #target: Target
  #admission: Admission | null
  #response: UpstreamResponse | null = null

  /** @throws `all_hosts_down` */
  constructor(exchange: Exchange, receiver: HeadReceiver, payload: Payload) {
    this.#exchange = exchange
    this.#receiver = receiver
    this.#payload = payload
    this.#target = exchange.upstream.choose(this.#tried)
    this.#admission = this.#target.health?.admit() ?? null
  }

  /** @throws what cannot be sent at all */
  send(): void {
    try {
      if (this.#exchange.gone) throw failure('client_closed', undefined)
      this.#tried.push(this.#target)
      this.#response = send(this.#exchange, this.#target, this, this.#payload)
    } catch (error) {
      this.#admission?.abandoned()
      throw error
    }
  }

  receive(head: UpstreamHead, body: BodySource): void {
    if (head.status >= 500) this.#admission?.failed()
    else this.#admission?.succeeded()
    const { retries } = this.#exchange.upstream
    if (!retries?.statuses.has(head.status) || !this.#mayRepeat() || !this.#chooseAgain()) {
      this.#receiver.receive(head, body)
      return
    }
    if (head.length >= 0 && head.length <= SMALL_BODY) body.drain()
    else body.cancel()
    this.#sendAgain(`status ${head.status}`)
  }

  fail(error: Error): void {
    if (isOfUpstream(error)) this.#admission?.failed()
    else this.#admission?.abandoned()
    const kind = this.#kindOf(error)
    const { retries } = this.#exchange.upstream
    if (kind !== null && retries?.failures.has(kind) && this.#mayRepeat(kind) && this.#chooseAgain()) this.#sendAgain(kind)
    else this.#receiver.fail(error)
  }

  /** What went wrong; null where another attempt would not help. */
  #kindOf(error: Error): CallFailure | null {
    // The time of all attempts is over.
    if (!isOfUpstream(error) || isFailure(error, 'upstream_timeout')) return null
    if (this.#response === null || this.#response.startedAt === 0) return 'connect'
    if (property(error, 'code') === 'UND_ERR_HEADERS_TIMEOUT') return 'timeout'
    return isBrokenConnection(error) ? 'reset' : null
  }

  /** What never left may be sent whatever it means (RFC 9110 §9.2.2). */
  #mayRepeat(kind?: CallFailure): boolean {
    const { retries } = this.#exchange.upstream
    if (!retries || this.#tried.length > retries.attempts || this.#exchange.gone) return false
    if (this.#response?.informed || !isRepeatable(this.#payload.body)) return false
    return kind === 'connect' || isIdempotent(this.#exchange.upstreamMethod ?? this.#exchange.method)
  }

  /** Whether there is a target to go to. */
  #chooseAgain(): boolean {
    try {
      this.#target = this.#exchange.upstream.choose(this.#tried)
    } catch {
      return false
    }
    this.#admission = this.#target.health?.admit() ?? null
    return true
  }

  /** Another target is asked at once, the same one after a while. */
  #sendAgain(reason: string): void {
    const { api, path, trace } = this.#exchange
    const failed = this.#tried.at(-1)?.url.origin
    api.log.info({ upstream: failed, next: this.#target.url.origin, path, reason }, 'A request is sent again')
    trace?.noteAttempt({ host: this.#tried.at(-1)?.host ?? '', status: this.#response?.status ?? 0, reason })
    if (this.#tried.includes(this.#target)) this.#pause(this.#backoffMs())
    else this.#sendNow()
  }

  /** A client that leaves meanwhile ends the pause. */
  #pause(milliseconds: number): void {
    const timer = setTimeout(() => this.#sendNow(), milliseconds)
    const abort = (reason: Error) => {
      clearTimeout(timer)
      this.#admission?.abandoned()
      this.#receiver.fail(reason)
    }
    this.#exchange.call = { target: this.#target, status: 0, startedAt: 0, respondedAt: 0, abort }
  }

  #backoffMs(): number {
    const longest = (this.#exchange.upstream.retries?.backoffMs ?? 0) * 2 ** (this.#tried.length - 1)
    // At random, so that those that failed together do not come back together.
    return longest / 2 + (Math.random() * longest) / 2
  }

  #sendNow(): void {
    try {
      this.send()
    } catch (error) {
      this.#receiver.fail(error as Error)
    }
  }
}
