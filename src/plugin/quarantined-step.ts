import { failure } from '../errors.ts'
import { errorResponse } from '../request/answer/error-body.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Phase } from '../request/chain/phases.ts'
import type { Step, Verdict } from '../request/chain/step.ts'

/** Stands for a plugin that could not be loaded: what would use it answers 500, everything else goes on. */
export class QuarantinedStep implements Step {
  readonly name: string
  readonly phase: Phase
  readonly #reason: string

  constructor(name: string, phase: Phase, reason: string) {
    this.name = name
    this.phase = phase
    this.#reason = reason
  }

  run(exchange: Exchange): Verdict {
    const error = failure('plugin_quarantined', { plugin: this.name, hook: this.phase, reason: this.#reason })
    exchange.error = error
    exchange.noteFailure(this, error, false)
    exchange.api.log.debug({ plugin: this.name, hook: this.phase }, error.message)
    exchange.openDraft().replace(errorResponse(exchange, error))
    return 'done'
  }
}
