import type { Socket } from 'node:net'
import { relative } from 'node:path'
import { failure } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import type { KeyValue, Session } from '../plugin/contract/index.ts'
import { openWire } from '../request/listener/wire.ts'
import type { SessionStore } from '../store/store.ts'
import type { LogCapture } from './captured-log.ts'
import type { OpenClock } from './clock.ts'
import type { FakeClock, RequestTrace, TestGateway, UpstreamRequest } from './contract/types.ts'
import type { PluginSources } from './plugin-sources.ts'
import { sendRequest } from './send-request.ts'
import type { TraceBook } from './trace-book.ts'

/** The real ones, also while a test holds time still. */
const { setInterval, clearInterval } = globalThis
const LONGEST_MS = 2 ** 31 - 1

export interface RunningParts {
  readonly gateway: Gateway
  readonly requests: readonly UpstreamRequest[]
  readonly log: LogCapture
  readonly book: TraceBook
  readonly plugins: PluginSources
  readonly sessions: SessionStore
  readonly clock: OpenClock
}

/** A gateway that a test talks to over connections in memory, one for each request. */
export class RunningGateway implements TestGateway {
  readonly #parts: RunningParts
  readonly #wires = new Set<Socket>()
  readonly #traces = new WeakMap<Response, Promise<RequestTrace>>()
  #closed: Promise<void> | null = null

  constructor(parts: RunningParts) {
    this.#parts = parts
  }

  get traces(): readonly RequestTrace[] {
    return this.#parts.book.traces
  }

  get requests(): readonly UpstreamRequest[] {
    return this.#parts.requests
  }

  get log(): LogCapture {
    return this.#parts.log
  }

  get clock(): FakeClock {
    return this.#parts.clock
  }

  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return keepingAlive(async () => {
      const { gateway, book } = this.#parts
      if (this.#closed) throw failure('test_gateway_closed', undefined)
      const { client, server } = openWire()
      this.#wires.add(client)
      client.once('close', () => this.#wires.delete(client))
      const trace = book.expect(server)
      gateway.accept(server)
      const response = await sendRequest(client, input, init)
      this.#traces.set(response, trace)
      return response
    })
  }

  trace(response: Response): Promise<RequestTrace> {
    const trace = this.#traces.get(response)
    if (!trace) throw failure('test_response_foreign', undefined)
    return keepingAlive(() => trace)
  }

  kv(path?: string): KeyValue {
    const folder = process.cwd()
    const spaces = new Map([...this.#parts.plugins.kvs].map(([file, kv]) => [relative(folder, file), kv]))
    const [first] = spaces.keys()
    const kv = spaces.get(path === undefined && spaces.size === 1 ? (first as string) : relative(folder, path ?? ''))
    if (!kv) throw failure('test_kv_unknown', { path, known: [...spaces.keys()] })
    return kv
  }

  session(key: string): Promise<Session | undefined> {
    return this.#parts.sessions.get(key)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const wire of this.#wires) wire.destroy()
    await keepingAlive(() => this.#parts.gateway.close())
    this.#parts.clock.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Connections in memory do not keep a process alive, but whoever waits for a response wants it. */
async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, LONGEST_MS)
  try {
    return await work()
  } finally {
    clearInterval(hold)
  }
}
