import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { catalogue, type ErrorCode, failure, PosternError, textOf } from '../../errors.ts'
import { FrameReader } from './frames.ts'
import type { Failed, FromWorker, OperationName, Operations, ToWorker, Word } from './operations.ts'
import { Outbox } from './outbox.ts'

/** For how long nothing may be heard while calls wait. While one takes long, the process says that it is there. */
const PATIENCE_MS = 500
const CHECK_MS = 100

const SHORTEST_WAIT_MS = 10
const LONGEST_WAIT_MS = 250

const WHERE = 'the store process'

export interface StoreLinkOptions {
  /** The socket on which the process listens. */
  readonly path: string
  readonly onWord: (word: Word) => void
  /** Is told of each loss, and with `null` of each return. */
  readonly onTrouble: (error: PosternError | null) => void
}

interface Call {
  readonly resolve: (result: never) => void
  readonly reject: (error: PosternError) => void
}

/**
 * The way to the process that has the store. It is there or it is away, for all calls alike: when it breaks, or is silent for too
 * long, every call fails, later ones fail at once, and meanwhile it is tried to connect anew.
 */
export class StoreLink {
  readonly #options: StoreLinkOptions
  readonly #calls = new Map<number, Call>()
  readonly #closing = new AbortController()
  #socket: Socket | null = null
  #outbox: Outbox | null = null
  #lastId = 0
  #checker: NodeJS.Timeout | undefined
  /** When something was last heard, or a call began to wait. */
  #heardAt = 0
  #trouble: string | null = null
  #wasThere = false
  #returnedAt = Number.NEGATIVE_INFINITY
  #recovering: Promise<void> | null = null

  constructor(options: StoreLinkOptions) {
    this.#options = options
  }

  /** Connects. Where nobody answers, that is told, and it is tried again until somebody does. */
  async open(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      this.#begin(textOf(error))
    }
  }

  get isThere(): boolean {
    return this.#socket !== null
  }

  /** Whether it ever was. */
  get wasThere(): boolean {
    return this.#wasThere
  }

  /** When it came back after it had been away, in milliseconds of `performance.now()`. */
  get returnedAt(): number {
    return this.#returnedAt
  }

  /** @throws `store_away`, and what the store itself throws */
  call<Name extends OperationName>(name: Name, ...args: Parameters<Operations[Name]>): Promise<ReturnType<Operations[Name]>> {
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<Operations[Name]>>()
    if (this.#outbox === null) {
      reject(this.away())
      return promise
    }
    const id = ++this.#lastId
    if (this.#calls.size === 0) this.#beginToWait()
    this.#calls.set(id, { resolve, reject })
    this.#outbox.add([id, name, ...args] satisfies FromWorker)
    return promise
  }

  /** What calls fail with while the process is away. */
  away(): PosternError {
    if (this.#closing.signal.aborted) return failure('store_closed', undefined)
    return failure('store_away', { where: WHERE, reason: this.#trouble ?? 'it was never there' })
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#checker)
    this.#outbox?.flush()
    this.#socket?.destroySoon()
    this.#socket = null
    this.#outbox = null
    this.#breakOff()
    await this.#recovering
  }

  async #connect(): Promise<void> {
    const socket = connect({ path: this.#options.path })
    const outbox = new Outbox(socket)
    const greeted = Promise.withResolvers<void>()
    const reader = new FrameReader((items) => {
      for (const item of items as ToWorker[]) this.#take(item, outbox)
      greeted.resolve()
    })
    const lose = (reason: string) => {
      greeted.reject(new Error(reason))
      this.#lose(socket, reason)
    }
    socket.on('data', (piece: Buffer) => {
      this.#heardAt = performance.now()
      try {
        reader.push(piece)
      } catch (error) {
        lose(`it says what cannot be read (${textOf(error)})`)
      }
    })
    socket.on('error', (error) => lose(textOf(error)))
    socket.on('close', () => lose('the connection has ended'))
    const timer = setTimeout(() => lose(`no answer within ${PATIENCE_MS} ms`), PATIENCE_MS)
    try {
      await greeted.promise
      if (this.#closing.signal.aborted) throw this.away()
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
    if (this.#calls.size === 0) socket.unref()
    this.#socket = socket
    this.#outbox = outbox
    this.#wasThere = true
  }

  #take([id, ...rest]: ToWorker, outbox: Outbox): void {
    if (id !== 0) this.#settle(id, ...(rest as [result: unknown, failed?: Failed]))
    else {
      const [number, word] = rest as [number: number, word: Word]
      this.#options.onWord(word)
      if (number > 0) outbox.add([0, number] satisfies FromWorker)
    }
  }

  #settle(id: number, result: unknown, failed?: Failed): void {
    const call = this.#calls.get(id)
    if (!call) return
    this.#calls.delete(id)
    if (this.#calls.size === 0) this.#socket?.unref()
    if (failed) call.reject(errorOf(failed))
    else call.resolve(result as never)
  }

  #beginToWait(): void {
    this.#heardAt = performance.now()
    this.#socket?.ref()
    this.#checker ??= setInterval(() => this.#check(), CHECK_MS)
  }

  #check(): void {
    const { size } = this.#calls
    if (size === 0) {
      clearInterval(this.#checker)
      this.#checker = undefined
      return
    }
    const socket = this.#socket
    if (!this.#isSilent || !socket) return
    // Where this process itself was held up, the answer is at hand, and is read before what is said here.
    setImmediate(() => {
      if (this.#isSilent && this.#calls.size > 0) this.#lose(socket, `no answer within ${PATIENCE_MS} ms`)
    })
  }

  get #isSilent(): boolean {
    return performance.now() - this.#heardAt > PATIENCE_MS
  }

  #lose(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#outbox = null
    socket.destroy()
    this.#begin(reason)
  }

  /** An outage. */
  #begin(reason: string): void {
    this.#trouble = reason
    if (!this.#closing.signal.aborted) this.#options.onTrouble(this.away())
    this.#breakOff()
    this.#recovering = this.#recover()
  }

  #breakOff(): void {
    for (const { reject } of this.#calls.values()) reject(this.away())
    this.#calls.clear()
  }

  async #recover(): Promise<void> {
    const { signal } = this.#closing
    for (let attempt = 0; !signal.aborted; attempt++) {
      const wait = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** attempt)
      await delay(wait, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      try {
        await this.#connect()
        this.#trouble = null
        this.#returnedAt = performance.now()
        this.#options.onTrouble(null)
        return
      } catch (error) {
        this.#trouble = textOf(error)
      }
    }
  }
}

/** The error as the store has thrown it. */
function errorOf({ code, message }: Failed): PosternError {
  if (Object.hasOwn(catalogue, code)) return new PosternError(code as ErrorCode, message)
  return failure('store_failed', { where: WHERE, reason: message })
}
