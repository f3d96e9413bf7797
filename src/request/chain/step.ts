import type { Chain } from './chain.ts'
import type { Exchange } from './exchange.ts'
import type { Phase } from './phases.ts'

/** What a step decided: the chain goes on, or it is done (something has answered, or the rest has run inside). */
export type Verdict = 'go-on' | 'done'

/** One entry of a chain, built in or a plugin. */
export interface Step {
  /** As it is called in logs. */
  readonly name: string
  readonly phase: Phase
  /**
   * Runs the step. It never throws: what goes wrong inside becomes an answer.
   *
   * @param chain the chain it runs in, of which it is entry number `index`: `chain.run(exchange, index + 1)` is the rest
   */
  run(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict>
}
