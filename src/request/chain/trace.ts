import { isFailure, textOf } from '../../errors.ts'
import type { Exchange } from './exchange.ts'
import type { Phase } from './phases.ts'
import type { Step, Verdict } from './step.ts'

/**
 * What came of a step:
 *
 * - `go-on`: the chain went on after it
 * - `done`: the rest of the chain ran inside it (`next()`)
 * - `answered`: it answered, and what follows in the chain was not run
 * - `refused`: the same, with an error of the gateway's own: a key that is not known, a limit that is reached
 * - `threw`: it failed, or could not be called, and the request ended with that
 * - `skipped`: it failed, or could not be called, and the chain went on (`on_error: skip`)
 * - `gone`: it had not ended when the client went away
 */
export type Outcome = 'go-on' | 'done' | 'answered' | 'refused' | 'threw' | 'skipped' | 'gone'

/** One step that a request has taken. */
export interface TracedStep {
  /** The plugin as the definition names it, a built-in step, or `proxy` for the call of the upstream. */
  readonly name: string
  readonly phase: Phase | 'proxy'
  /** The id of the API whose step it is: another one behind a loop. */
  readonly api: string
  readonly outcome: Outcome
  /** When it began, in milliseconds after the request did. */
  readonly at: number
  /** How long it ran, in milliseconds, without the steps that ran inside it. */
  readonly ms: number
  /** How many steps it ran inside of: those that waited in `next()`, and the proxy for response plugins. */
  readonly depth: number
  /** The message of what it failed or refused with; `null` if it did not. */
  readonly error: string | null
  /** The code of that in the catalogue of errors; `null` where it has none. */
  readonly code: string | null
}

/** A call of an upstream that another one followed. */
export interface TracedAttempt {
  /** Host and port. */
  readonly host: string
  /** The status of its response; 0 if there was none. */
  readonly status: number
  /** Why another call was made: `status 503`, `connect`, `reset`, `timeout`. */
  readonly reason: string
}

/** A step, from its beginning on. It holds nothing of the step itself, so that an API that is gone is not kept by its traces. */
export interface Span {
  readonly name: string
  readonly phase: Phase | 'proxy'
  readonly api: string
  readonly parent: Span | null
  readonly startedAt: number
  /** 0 while it runs. */
  endedAt: number
  outcome: Outcome | null
  /** What it failed with; a text once the trace has ended. */
  error: unknown
  code: string | null
}

type Named = Pick<Step, 'name' | 'phase'>

/** The end of a request's chain, which is no step. */
const PROXY = { name: 'proxy', phase: 'proxy' } as const

/** Where plugins run. */
const PLUGIN_PHASES: ReadonlySet<Span['phase']> = new Set(['pre', 'auth_check', 'post_key_auth', 'path', 'post', 'response'])

/**
 * The way of one request through its chains. An exchange has a trace only where somebody wants to read it; the steps of
 * one exchange run one after the other, or one inside the other. A step costs it about 0.15 µs.
 */
export class Trace {
  readonly #startedAt: number
  readonly #spans: Span[] = []
  #attempts: TracedAttempt[] | null = null
  #innermost: Span | null = null
  #ended = false

  /** @param startedAt when the request began, as `performance.now()` tells */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** Notes that a step begins. What begins after the request has ended is no part of it. */
  begin({ name, phase }: Named | typeof PROXY, api: string): Span {
    const parent = this.#innermost
    const startedAt = performance.now()
    const span: Span = { name, phase, api, parent, startedAt, endedAt: 0, outcome: null, error: undefined, code: null }
    if (!this.#ended) this.#spans.push(span)
    this.#innermost = span
    return span
  }

  /** Notes that a step has ended. */
  end(span: Span, verdict: Verdict): void {
    this.#innermost = span.parent
    if (this.#ended) return
    span.endedAt = performance.now()
    span.outcome ??= verdict === 'done' && this.#isAnswer(span) ? 'answered' : verdict
  }

  /** Nothing ran inside it; only in the response hook that is no answer, since there is one already. */
  #isAnswer(span: Span): boolean {
    return span.phase !== 'response' && this.#spans.at(-1) === span
  }

  /** Runs the call of the upstream. One that nobody waits for ends with the response. */
  runProxy(send: (exchange: Exchange) => void | Promise<void>, exchange: Exchange): void | Promise<void> {
    const span = this.begin(PROXY, exchange.api.id)
    const running = send(exchange)
    if (!running) {
      this.#innermost = span.parent
      return
    }
    return running.finally(() => {
      this.#innermost = span.parent
      if (!this.#ended) span.endedAt = performance.now()
    })
  }

  /** Notes what the step that runs fails, or refuses the request, with; its verdict does not tell. */
  note(outcome: 'refused' | 'threw' | 'skipped', error: unknown): void {
    const span = this.#innermost
    if (!span || this.#ended) return
    span.outcome = outcome
    span.error = error
  }

  /** Notes a call of the upstream that another one follows. */
  noteAttempt(attempt: TracedAttempt): void {
    this.#attempts ??= []
    this.#attempts.push(attempt)
  }

  /** Notes that the exchange has ended: what happens from here on is not told. */
  close({ call, error, gone }: Exchange): void {
    if (this.#ended) return
    this.#ended = true
    const now = performance.now()
    for (const span of this.#spans) {
      if (span.phase === 'proxy') {
        span.endedAt ||= call?.respondedAt || now
        span.outcome = call?.status ? 'answered' : gone ? 'gone' : 'threw'
        span.error = call?.status ? undefined : error
      }
      span.endedAt ||= now
      span.outcome ??= gone ? 'gone' : 'done'
      if (span.error === undefined) continue
      // An error may hold on to the plugin that threw it.
      span.code = isFailure(span.error) ? span.error.code : null
      span.error = textOf(span.error)
    }
  }

  /** The calls of the upstream before the last one. */
  get attempts(): readonly TracedAttempt[] {
    return this.#attempts ?? []
  }

  /** How long plugins have run so far, in milliseconds, without what ran inside them. */
  get pluginMs(): number {
    return this.#spans.reduce((sum, span) => (PLUGIN_PHASES.has(span.phase) ? sum + this.#ownMs(span) : sum), 0)
  }

  /** The steps in the order in which they began, once the exchange has ended. */
  get steps(): TracedStep[] {
    return this.#spans.map((span) => this.#describe(span))
  }

  #describe(span: Span): TracedStep {
    const { name, phase, api, startedAt, outcome, error, code } = span
    return {
      name,
      phase,
      api,
      outcome: outcome ?? 'done',
      at: startedAt - this.#startedAt,
      ms: this.#ownMs(span),
      depth: depthOf(span),
      error: typeof error === 'string' ? error : null,
      code,
    }
  }

  #ownMs(span: Span): number {
    const inside = this.#spans.reduce((sum, one) => (one.parent === span ? sum + lengthOf(one) : sum), 0)
    return Math.max(lengthOf(span) - inside, 0)
  }
}

function lengthOf({ startedAt, endedAt }: Span): number {
  return (endedAt || performance.now()) - startedAt
}

function depthOf({ parent }: Span): number {
  return parent === null ? 0 : 1 + depthOf(parent)
}
