import { randomUUID } from 'node:crypto'
import { Listeners } from '../listeners.ts'
import type { Notice, Notices } from '../notices.ts'
import type { RedisLink } from './redis-link.ts'

/** The classic gateway's, so that notices of either reach the other. */
export const CHANNEL = 'tyk.cluster.notifications'

/** A session was set or deleted; the payload is its key. */
const KEY_CHANGED = 'KeySpaceUpdateNotification'

export interface RedisNoticesOptions {
  readonly link: () => RedisLink
  /** Is told of keys that other gateways have changed; `undefined` where any may have been. */
  readonly onKeyChange: (key: string | undefined) => void
}

/** Word to and from the other gateways, by publish and subscribe. */
export class RedisNotices implements Notices {
  readonly #options: RedisNoticesOptions
  readonly #listeners = new Listeners<Notice | null>()
  /** Tells this gateway's own notices from those of others. */
  readonly #self = randomUUID()

  constructor(options: RedisNoticesOptions) {
    this.#options = options
  }

  async publish({ command, payload }: Notice): Promise<void> {
    await this.#send({ command, payload })
  }

  subscribe(listener: (notice: Notice | null) => void): () => void {
    this.#options.link()
    return this.#listeners.add(listener)
  }

  /** Tells the others that a session was set or deleted. */
  async publishKey(key: string): Promise<void> {
    await this.#send({ command: KEY_CHANGED, payload: key, from: this.#self })
  }

  /** What came over the channel. Anybody may write there: what is no notice is passed over. */
  receive(text: string): void {
    const { command, payload, from } = parsed(text)
    if (typeof command !== 'string') return
    if (command !== KEY_CHANGED) this.#listeners.tell({ command, payload: typeof payload === 'string' ? payload : '' })
    // The classic gateway's payload is a list in a form of its own.
    else if (from === undefined || typeof payload !== 'string') this.#options.onKeyChange(undefined)
    else if (from !== this.#self) this.#options.onKeyChange(payload)
  }

  /** Some notices may have been missed. */
  missed(): void {
    this.#listeners.tell(null)
    this.#options.onKeyChange(undefined)
  }

  clear(): void {
    this.#listeners.clear()
  }

  async #send(notice: object): Promise<void> {
    const text = JSON.stringify(notice)
    await this.#options.link().run((connection) => connection.send(undefined, ['PUBLISH', CHANNEL, text]))
  }
}

function parsed(text: string): { readonly command?: unknown; readonly payload?: unknown; readonly from?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
