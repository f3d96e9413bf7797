import type { Exchange } from './exchange.ts'
import { type Phase, type PhaseSet, phaseSet, requestPhases, responsePhases, sessionPhases } from './phases.ts'
import type { Step, Verdict } from './step.ts'
import type { Span, Trace } from './trace.ts'

/** What happens at the end of a chain that no step has ended. */
export type Terminal = (exchange: Exchange) => void | Promise<void>

/** Runs one step, watched where the exchange has a trace. */
export function runStep(step: Step, exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
  const { trace } = exchange
  if (trace === null) return step.run(exchange, chain, index)
  const span = trace.begin(step, exchange.api.id)
  const verdict = step.run(exchange, chain, index)
  if (typeof verdict !== 'string') return verdict.then((settled) => ended(trace, span, settled))
  return ended(trace, span, verdict)
}

function ended(trace: Trace, span: Span, verdict: Verdict): Verdict {
  trace.end(span, verdict)
  return verdict
}

/** The ordered steps that one API runs for one request. Compiled when the definition is loaded, never per request. */
export class Chain {
  readonly steps: readonly Step[]
  readonly #terminal: Terminal
  /** The phases that there are steps of. */
  readonly #phases: PhaseSet
  /** The same chain without some phases, made on first use. */
  #shorter: Map<PhaseSet, Chain> | null = null

  constructor(steps: readonly Step[], terminal: Terminal) {
    // A list that has grown holds room for more, and there may be ten thousand chains.
    this.steps = [...steps]
    this.#terminal = terminal
    this.#phases = phaseSet(steps.map(({ phase }) => phase))
  }

  /** The steps of a request, in the order of `phases.ts`; those of one phase stay in the order they have. */
  static ofRequest(steps: readonly Step[], terminal: Terminal): Chain {
    return new Chain(inOrder(steps, requestPhases), terminal)
  }

  /** The steps of a response, likewise; null where there are none. */
  static ofResponse(steps: readonly Step[]): Chain | null {
    const ordered = inOrder(steps, responsePhases)
    return ordered.length > 0 ? new Chain(ordered, () => {}) : null
  }

  /** Runs the steps from number `from` on, but for phases that the exchange leaves out. Synchronous as long as every step is. */
  run(exchange: Exchange, from = 0): void | Promise<void> {
    const out = exchange.leftOut & this.#phases
    if (out !== 0) return this.#without(out).run(exchange, this.steps.slice(0, from).filter(notIn(out)).length)
    const { steps } = this
    for (let i = from; i < steps.length; i += 1) {
      const verdict = runStep(steps[i] as Step, exchange, this, i)
      if (verdict === 'done') return
      if (verdict !== 'go-on') return this.#resume(exchange, verdict, i)
    }
    return this.#terminal(exchange)
  }

  async #resume(exchange: Exchange, verdict: Promise<Verdict>, index: number): Promise<void> {
    if ((await verdict) === 'go-on') await this.run(exchange, index + 1)
  }

  #without(phases: PhaseSet): Chain {
    this.#shorter ??= new Map()
    const shorter = this.#shorter.get(phases) ?? new Chain(this.steps.filter(notIn(phases)), this.#terminal)
    this.#shorter.set(phases, shorter)
    return shorter
  }

  /** Runs the steps from number `from` on, without those that are about who calls. */
  runWithoutSession(exchange: Exchange, from: number): void | Promise<void> {
    exchange.leftOut |= SESSION
    return this.run(exchange, from)
  }

  /** Leaves out every step that is left. */
  runTerminal(exchange: Exchange): void | Promise<void> {
    return this.#terminal(exchange)
  }
}

const SESSION = phaseSet([...sessionPhases])

function notIn(phases: PhaseSet): (step: Step) => boolean {
  return ({ phase }) => (phaseSet([phase]) & phases) === 0
}

function inOrder(steps: readonly Step[], phases: readonly Phase[]): Step[] {
  return phases.flatMap((phase) => steps.filter((step) => step.phase === phase))
}
