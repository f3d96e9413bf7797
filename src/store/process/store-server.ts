import { createServer, type Server, type Socket } from 'node:net'
import type { Store } from '../store.ts'
import { Conversation } from './conversation.ts'
import type { Word } from './operations.ts'
import { storeOperations } from './store-operations.ts'

/** How often it is looked whether there is something to say of the store itself. */
const TICK_MS = 100

/** For how long a worker that does not listen holds up the answer to a change: one whose event loop is blocked serves nobody either. */
const PATIENCE_MS = 1_000

/** Serves a store to the workers of a gateway, over a socket that they alone can reach. */
export class StoreServer {
  readonly #store: Store
  readonly #server: Server
  readonly #conversations = new Set<Conversation>()
  readonly #unsubscribe: readonly (() => void)[]
  readonly #ticker: NodeJS.Timeout
  /** Of the last word that was told to all. */
  #number = 0
  #status: string
  #waiting = new Set<() => void>()

  /** @param path where to listen; there may be nothing there */
  static async listen(store: Store, path: string): Promise<StoreServer> {
    const server = new StoreServer(store)
    await server.#listen(path)
    return server
  }

  private constructor(store: Store) {
    this.#store = store
    this.#status = JSON.stringify(store.status())
    const operations = storeOperations(store, (namespace) => this.#tellAll({ type: 'cache', namespace }))
    this.#server = createServer((socket) =>
      this.#serve(new Conversation(socket, operations, () => this.#everyoneKnows()), socket),
    )
    this.#unsubscribe = [
      store.sessions.onChange((key) => this.#tellAll({ type: 'session', key: key ?? null })),
      store.notices.subscribe((notice) => this.#tellAll({ type: 'notice', notice })),
    ]
    this.#ticker = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** How many workers are connected. */
  get connected(): number {
    return this.#conversations.size
  }

  /** Settles when no worker is connected any more. */
  async untilAlone(): Promise<void> {
    while (this.#conversations.size > 0) await this.#change()
  }

  /** Ends every conversation, and then closes the store. */
  async close(): Promise<void> {
    clearInterval(this.#ticker)
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const conversation of this.#conversations) conversation.end()
    await closed
    await this.#store.close()
  }

  async #listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen({ path }, () => resolve())
    }).catch(async (error) => {
      clearInterval(this.#ticker)
      for (const unsubscribe of this.#unsubscribe) unsubscribe()
      throw error
    })
  }

  #serve(conversation: Conversation, socket: Socket): void {
    this.#conversations.add(conversation)
    socket.once('close', () => {
      this.#conversations.delete(conversation)
      this.#wake()
    })
    conversation.onHeard = () => this.#wake()
    conversation.heard = this.#number
    conversation.tell(0, { type: 'status', status: this.#store.status() })
  }

  #tellAll(word: Word): void {
    this.#number++
    for (const conversation of this.#conversations) conversation.tell(this.#number, word)
  }

  /** Settles when every worker has dealt with all that was told up to now. */
  async #everyoneKnows(): Promise<void> {
    const number = this.#number
    const end = performance.now() + PATIENCE_MS
    const isBehind = ({ heard }: Conversation) => heard < number
    while ([...this.#conversations].some(isBehind) && performance.now() < end) await this.#change()
  }

  /** Settles when a worker has heard something, or left, or some time has passed. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }

  #tick(): void {
    const status = this.#store.status()
    const text = JSON.stringify(status)
    const isNew = text !== this.#status
    this.#status = text
    for (const conversation of this.#conversations) {
      if (isNew) conversation.tell(0, { type: 'status', status })
      else if (conversation.waits) conversation.tell(0, { type: 'alive' })
    }
    this.#wake()
  }
}
