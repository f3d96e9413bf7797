import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { KeyValue } from '../contract/index.ts'
import type { IsolatedCall } from './isolated-call.ts'
import type { GatewayMethods } from './protocol.ts'
import type { Thrown } from './thrown.ts'

/** How often calls are counted while a worker ends, in milliseconds. */
const DRAIN_TICK = 20

export interface CallTableOptions {
  readonly kv: KeyValue
  readonly log: Logger
  readonly onFailedLate: (thrown: Thrown) => void
}

/** The calls that are in a worker, and what the worker may ask for them. */
export class CallTable {
  readonly methods: GatewayMethods
  readonly #calls = new Map<number, IsolatedCall>()
  #lastId = 0

  constructor({ kv, log, onFailedLate }: CallTableOptions) {
    const find = (id: number) => this.#find(id)
    this.methods = {
      next: (id, changes) => find(id).next(changes),
      readRequest: (id) => find(id).readRequest(),
      readResponse: (id) => find(id).readResponse(),
      pullResponse: (id) => find(id).pullResponse(),
      cancelResponse: (id) => find(id).cancelResponse(),
      followSignal: (id) => find(id).followSignal(),
      kv: (method, args) => callKv(kv, method, args),
      log: (line) => writeLine(log, line),
      failedLate: onFailedLate,
    }
  }

  newId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  /** How many calls there have ever been. */
  get count(): number {
    return this.#lastId
  }

  /** Those that run in the worker, and do not wait for the rest of the chain. */
  get running(): IsolatedCall[] {
    return [...this.#calls.values()].filter((call) => !call.inNext)
  }

  /** The exports that are being called. */
  get plugins(): string[] {
    return [...new Set(this.running.map(({ plugin }) => plugin))]
  }

  add(call: IsolatedCall): void {
    this.#calls.set(call.id, call)
  }

  delete(call: IsolatedCall): void {
    this.#calls.delete(call.id)
  }

  /** Settles once no call is left that the gateway still waits for; each has its timeout. */
  async drained(): Promise<void> {
    while ([...this.#calls.values()].some((call) => !call.isCutOff)) await delay(DRAIN_TICK, undefined, { ref: false })
  }

  #find(id: number): IsolatedCall {
    const call = this.#calls.get(id)
    if (!call) throw failure('worker_misunderstood', { what: 'the call it is about is over' })
    return call
  }
}

async function callKv(kv: KeyValue, method: string, args: readonly unknown[]): Promise<unknown> {
  switch (method) {
    case 'get':
    case 'set':
    case 'delete':
    case 'increment':
      return await (kv[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
    default:
      throw failure('worker_misunderstood', { what: `kv has no method "${method}"` })
  }
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** A line of the worker's own logger becomes one of the gateway's, with the artifact's tags. */
function writeLine(log: Logger, line: string): void {
  const { level, time: _, msg, ...fields } = JSON.parse(line) as { level: string; time: string; msg?: string }
  const known = LEVELS.find((one) => one === level)
  if (known) log[known](fields, msg)
}
