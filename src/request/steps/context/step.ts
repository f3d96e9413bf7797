import { refuseFailure } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { contextOf, currentHeaders, headersOf } from '../../values/context-data.ts'
import type { ContextNeed } from '../../values/context-variables.ts'
import { readRequestBody } from '../read-request-body.ts'
import type { StepKind } from '../step-kind.ts'
import { definitionFields } from './schema.ts'

/** Keeps what the context variables of a version read of a request, before later steps change it. */
export const context: StepKind = {
  key: 'context',
  fields: { definition: definitionFields },

  read(source) {
    if (!source.definition(definitionFields)?.enable_context_vars) return null
    return () => (source.contextNeeds.size > 0 ? [new ContextStep(source.contextNeeds)] : [])
  },
}

const FORM_TYPE = 'application/x-www-form-urlencoded'

class ContextStep implements Step {
  readonly name = 'context variables'
  readonly phase = 'context'
  readonly #needs: ReadonlySet<ContextNeed>

  constructor(needs: ReadonlySet<ContextNeed>) {
    this.#needs = needs
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const context = contextOf(exchange)
    context.headers = currentHeaders(exchange)
    return this.#needs.has('form') && isForm(exchange) ? readForm(exchange) : 'go-on'
  }
}

function isForm(exchange: Exchange): boolean {
  const headers = headersOf(exchange)
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== 'content-type') continue
    return (headers[i + 1] as string).split(';', 1)[0]?.trim().toLowerCase() === FORM_TYPE
  }
  return false
}

async function readForm(exchange: Exchange): Promise<Verdict> {
  try {
    contextOf(exchange).form = new URLSearchParams((await readRequestBody(exchange)).toString())
    return 'go-on'
  } catch (error) {
    return refuseFailure(exchange, error)
  }
}
