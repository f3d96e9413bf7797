import type { Exchange } from './exchange.ts'
import type { Phase } from './phases.ts'
import type { Step, Verdict } from './step.ts'

/**
 * What came of a step:
 *
 * - `go-on`: the chain went on after it
 * - `done`: the rest of the chain ran inside it (`next()`)
 * - `answered`: it answered, and what follows in the chain was not run
 * - `threw`: it failed, whatever `on_error` made of that
 */
export type Outcome = 'go-on' | 'done' | 'answered' | 'threw'

/** One step that a request has taken. */
export interface TracedStep {
  /** The plugin as the definition names it, a built-in step, or `proxy` for the call of the upstream. */
  readonly name: string
  readonly phase: Phase | 'proxy'
  readonly outcome: Outcome
  /** How long it ran, in milliseconds, without the steps that ran inside it. */
  readonly ms: number
  /** How many steps it ran inside of: those that waited in `next()`, and the proxy for response plugins. */
  readonly depth: number
  /** What it failed with; `undefined` if it did not. */
  readonly error: unknown
}

interface Span {
  readonly name: string
  readonly phase: Phase | 'proxy'
  readonly parent: Span | null
  readonly startedAt: number
  /** 0 while it runs. */
  endedAt: number
  outcome: Outcome | null
  error: unknown
}

/** The end of a request's chain, which is no step. */
const PROXY = { name: 'proxy', phase: 'proxy' } as const

/**
 * The way of one request through its chains. An exchange has a trace only where somebody wants to read it; the steps of
 * one exchange run one after the other, or one inside the other.
 */
export class Trace {
  readonly #spans: Span[] = []
  #innermost: Span | null = null

  /** Runs a step, and notes what came of it. */
  runStep(step: Pick<Step, 'name' | 'phase'>, run: () => Verdict | Promise<Verdict>): Verdict | Promise<Verdict> {
    const span = this.#begin(step)
    const verdict = run()
    if (typeof verdict === 'string') return this.#endStep(span, verdict)
    return verdict.then((settled) => this.#endStep(span, settled))
  }

  /** Runs the call of the upstream. One that nobody waits for ends with the response: see {@link stepsOf}. */
  runProxy(run: () => void | Promise<void>): void | Promise<void> {
    const span = this.#begin(PROXY)
    const running = run()
    if (running) return running.finally(() => this.#end(span))
    this.#innermost = span.parent
  }

  /** Notes that a step has failed; its verdict does not tell. */
  fail({ name, phase }: Pick<Step, 'name' | 'phase'>, error: unknown): void {
    const span = this.#spans.findLast((one) => one.name === name && one.phase === phase)
    if (span) Object.assign(span, { outcome: 'threw', error })
  }

  /** The steps in the order in which they began, once the exchange has ended. */
  stepsOf({ call, error }: Exchange): TracedStep[] {
    const now = performance.now()
    for (const span of this.#spans) {
      if (span.phase === 'proxy') {
        span.endedAt ||= call?.respondedAt || now
        span.outcome = call?.status ? 'answered' : 'threw'
        span.error = call?.status ? undefined : error
      }
      span.endedAt ||= now
    }
    return this.#spans.map((span) => this.#describe(span))
  }

  #begin({ name, phase }: Pick<Span, 'name' | 'phase'>): Span {
    const parent = this.#innermost
    const span: Span = { name, phase, parent, startedAt: performance.now(), endedAt: 0, outcome: null, error: undefined }
    this.#spans.push(span)
    this.#innermost = span
    return span
  }

  #end(span: Span): void {
    span.endedAt = performance.now()
    this.#innermost = span.parent
  }

  #endStep(span: Span, verdict: Verdict): Verdict {
    this.#end(span)
    span.outcome ??= verdict === 'done' && !this.#inside(span).length ? 'answered' : verdict
    return verdict
  }

  #inside(span: Span): Span[] {
    return this.#spans.filter(({ parent }) => parent === span)
  }

  #describe(span: Span): TracedStep {
    const { name, phase, startedAt, endedAt, error } = span
    const inside = this.#inside(span).reduce((sum, one) => sum + (one.endedAt - one.startedAt), 0)
    // A step without an outcome never ended: the client went away.
    return {
      name,
      phase,
      outcome: span.outcome ?? 'done',
      ms: Math.max(endedAt - startedAt - inside, 0),
      depth: depthOf(span),
      error,
    }
  }
}

function depthOf({ parent }: Span): number {
  return parent === null ? 0 : 1 + depthOf(parent)
}
