import type { Exchange } from './exchange.ts'
import type { RequestPhase } from './phases.ts'
import { requestPhases } from './phases.ts'
import type { Step, Verdict } from './step.ts'

/** What happens at the end of a chain that no step has ended. */
export type Terminal = (exchange: Exchange) => void | Promise<void>

/** Runs one step, watched where the exchange has a trace. */
export function runStep(step: Step, exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
  const { trace } = exchange
  return trace ? trace.runStep(step, () => step.run(exchange, chain, index)) : step.run(exchange, chain, index)
}

/** The ordered steps that one API runs for one request. Compiled when the definition is loaded, never per request. */
export class Chain {
  readonly steps: readonly Step[]
  readonly #terminal: Terminal

  constructor(steps: readonly Step[], terminal: Terminal) {
    this.steps = steps
    this.#terminal = terminal
  }

  /** The steps of every phase, in the order of `phases.ts`. */
  static ofPhases(steps: Record<RequestPhase, readonly Step[]>, terminal: Terminal): Chain {
    const inOrder = requestPhases.flatMap((phase) => steps[phase])
    return new Chain(inOrder, terminal)
  }

  /** Runs the steps from number `from` on. Synchronous as long as every step is. */
  run(exchange: Exchange, from = 0): void | Promise<void> {
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
}
