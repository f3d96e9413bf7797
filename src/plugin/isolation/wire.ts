import { failure } from '../../errors.ts'
import { describeThrown, reviveThrown, type Thrown } from './thrown.ts'

/** A port of worker_threads, of either side. */
export interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: Call | Answer) => void): unknown
}

// biome-ignore lint/suspicious/noExplicitAny: the methods of either side, each with its own arguments.
type Methods = { [name: string]: (...args: any[]) => unknown }

/** A call: its number (0 where no answer is wanted), the method, its arguments. */
type Call = readonly [number, string, readonly unknown[]]
/** An answer: the negative number of the call, and what came of it. */
type Answer = readonly [number, 'value' | 'thrown', unknown]

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Calls methods of the other side of a port, and answers the calls of that side with `methods`. Values are copied
 * (structured clone), errors keep their name, message, stack and code.
 */
export class Wire<Remote extends object> {
  readonly #port: Port
  readonly #methods: Methods
  readonly #waiting = new Map<number, Waiting>()
  #lastCall = 0
  #cut: unknown = null

  /** @param beforeEach runs before each message is handled */
  constructor(port: Port, methods: object, beforeEach: () => void = () => {}) {
    this.#port = port
    this.#methods = methods as Methods
    port.on('message', (message: Call | Answer) => {
      beforeEach()
      // A plugin can reach the port too, and send whatever it likes.
      if (!Array.isArray(message) || !Number.isInteger(message[0])) return
      if (message[0] < 0) this.#settle(message as Answer)
      else void this.#serve(message as Call)
    })
  }

  /**
   * Calls a method of the other side.
   *
   * @throws DataCloneError, at once, if an argument cannot be copied
   */
  ask<M extends keyof Remote & string>(
    method: M,
    // biome-ignore lint/suspicious/noExplicitAny: the arguments are inferred.
    ...args: Remote[M] extends (...args: infer A) => any ? A : never
    // biome-ignore lint/suspicious/noExplicitAny: so is the result.
  ): Promise<Remote[M] extends (...args: any[]) => infer R ? Awaited<R> : never> {
    if (this.#cut !== null) return Promise.reject(this.#cut)
    this.#lastCall += 1
    const number = this.#lastCall
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#port.postMessage([number, method, args] satisfies Call)
    this.#waiting.set(number, { resolve, reject })
    return promise as never
  }

  /** Calls a method of the other side, and does not want to know what comes of it. */
  // biome-ignore lint/suspicious/noExplicitAny: the arguments are inferred.
  tell<M extends keyof Remote & string>(method: M, ...args: Remote[M] extends (...args: infer A) => any ? A : never): void {
    if (this.#cut === null) this.#port.postMessage([0, method, args] satisfies Call)
  }

  /** The other side is gone: whoever waits for it gets `reason`. */
  cut(reason: unknown): void {
    this.#cut ??= reason
    for (const { reject } of this.#waiting.values()) reject(this.#cut)
    this.#waiting.clear()
  }

  #settle([number, kind, value]: Answer): void {
    const waiting = this.#waiting.get(-number)
    if (!waiting) return
    this.#waiting.delete(-number)
    if (kind === 'value') waiting.resolve(value)
    else waiting.reject(reviveThrown(value as Thrown))
  }

  async #serve([number, name, args]: Call): Promise<void> {
    let answer: Answer
    try {
      const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined
      if (!method) throw failure('worker_misunderstood', { what: `it has no method "${name}"` })
      answer = [-number, 'value', await method(...args)]
    } catch (thrown) {
      answer = [-number, 'thrown', describeThrown(thrown)]
    }
    if (number > 0 && this.#cut === null) this.#answer(answer)
  }

  #answer(answer: Answer): void {
    try {
      this.#port.postMessage(answer)
    } catch (error) {
      this.#port.postMessage([answer[0], 'thrown', describeThrown(error)] satisfies Answer)
    }
  }
}
