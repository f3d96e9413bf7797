import { type Connect, type ConnectionOptions, Connections } from './connections.ts'
import { Counted } from './counted.ts'
import { makeTarget, type Target } from './target.ts'

/** Where an API's requests go, and how. */
export interface UpstreamOptions {
  readonly url: URL
  /** How long the upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number
  /** How long a connection may take to open, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number
}

/** Where an API's requests go. */
export interface Upstream {
  /** As the definition names it. */
  readonly url: URL
  /** How long it may take to begin its response, in milliseconds. */
  readonly timeoutMs: number
  readonly target: Target
  /** Gives everything back; connections that nobody else uses are closed once they are idle. */
  close(): Promise<void>
}

/** What the APIs of a gateway have of upstreams in common, so that a reload keeps connections open. */
export class Upstreams {
  readonly #connections = new Counted<Connections>((connections) => connections.close())
  readonly #connect: Connect | undefined

  /** @param connect opens connections by other means than the network */
  constructor(connect?: Connect) {
    this.#connect = connect
  }

  open({ url, timeoutMs, connectTimeoutMs }: UpstreamOptions): Upstream {
    const wanted: ConnectionOptions = { origin: url.origin, timeoutMs: connectTimeoutMs }
    const key = JSON.stringify(wanted)
    const target = makeTarget(
      url,
      this.#connections.open(key, () => new Connections(wanted, this.#connect)),
    )
    return { url, timeoutMs, target, close: () => this.#connections.release(key) }
  }
}
