import { type Chain, runStep } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Step, Verdict } from '../request/chain/step.ts'

/** A step for the requests of one method whose path matches a rule. */
export interface PathEntry {
  readonly method: string
  readonly matches: (path: string) => boolean
  readonly step: Step
}

/** Runs the first plugin whose rule matches the request. */
export class PathStep implements Step {
  readonly name = 'path plugins'
  readonly phase = 'path'
  readonly #entries: readonly PathEntry[]

  constructor(entries: readonly PathEntry[]) {
    this.#entries = entries
  }

  run(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
    const { normalPath, api, incoming } = exchange
    const prefix = api.listenPath.length - (api.listenPath.endsWith('/') ? 1 : 0)
    const stripped = normalPath.slice(prefix) || '/'
    const method = exchange.draft?.request.method ?? incoming.method
    for (const { method: wanted, matches, step } of this.#entries) {
      if (wanted === method && (matches(stripped) || matches(normalPath))) return runStep(step, exchange, chain, index)
    }
    return 'go-on'
  }
}
