import { conclude, concludeAfter } from '../answer/conclude.ts'
import { errorResponse } from '../answer/error-body.ts'
import { sendResponse } from '../answer/send-response.ts'
import { writeHead } from '../answer/write-head.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { BodySource } from '../message/body-source.ts'
import { HeaderList } from '../message/header-list.ts'
import { LazyResponse } from '../message/lazy-response.ts'
import { upstreamError } from './upstream-error.ts'
import type { HeadReceiver, UpstreamHead } from './upstream-response.ts'

/** Notes and logs a call that failed; what the client gets for it. */
function failedAnswer(exchange: Exchange, cause: Error): LazyResponse {
  const error = upstreamError(cause)
  exchange.error = error
  if (error.code !== 'client_closed' && error.code !== 'body_aborted') {
    const reason = (cause as { code?: string }).code ?? cause.message
    exchange.api.log.warn({ upstream: exchange.call?.target.url.origin, path: exchange.path, reason }, error.message)
  }
  return errorResponse(exchange, error)
}

/** Writes the upstream's response straight to the client. */
export class DirectAnswer implements HeadReceiver {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  receive({ status, statusText, headers }: UpstreamHead, body: BodySource): void {
    const { prepared, outgoing } = this.#exchange
    prepared?.applyTo(new HeaderList(headers))
    writeHead(this.#exchange, status, statusText, headers)
    body.pipeTo(outgoing)
  }

  fail(error: Error): void {
    const exchange = this.#exchange
    const answer = failedAnswer(exchange, error)
    if (exchange.draft) exchange.draft.replace(answer)
    else exchange.prepared?.applyTo(answer.headers)
    sendResponse(exchange, answer)
  }
}

/** Has the response steps change the upstream's response, and sends it: at once, if none of them has to be waited for. */
export class ChangedAnswer implements HeadReceiver {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  receive(head: UpstreamHead, body: BodySource): void {
    const exchange = this.#exchange
    hold(exchange, head, body)
    concludeAfter(exchange, exchange.responseChain?.run(exchange))
  }

  fail(error: Error): void {
    this.#exchange.openDraft().replace(failedAnswer(this.#exchange, error))
    conclude(this.#exchange)
  }
}

/** Holds the upstream's response for the plugins that wait for it, and runs the response plugins. */
export class HeldAnswer implements HeadReceiver {
  readonly #exchange: Exchange
  readonly #settle: (after: void | Promise<void>) => void

  constructor(exchange: Exchange, settle: (after: void | Promise<void>) => void) {
    this.#exchange = exchange
    this.#settle = settle
  }

  receive(head: UpstreamHead, body: BodySource): void {
    const exchange = this.#exchange
    hold(exchange, head, body)
    this.#settle(exchange.responseChain?.run(exchange))
  }

  fail(error: Error): void {
    this.#exchange.openDraft().replace(failedAnswer(this.#exchange, error))
    this.#settle()
  }
}

/** Makes the upstream's response the one that plugins see and change. */
function hold(exchange: Exchange, { status, statusText, headers, length }: UpstreamHead, body: BodySource): void {
  const empty = length === 0 || status === 204 || status === 304 || exchange.incoming.method === 'HEAD'
  if (empty) body.drain()
  const held = new LazyResponse({
    status,
    statusText,
    headers: new HeaderList(headers),
    content: empty ? null : body,
    limit: exchange.api.maxPluginBody,
  })
  exchange.openDraft().receive(held)
}
