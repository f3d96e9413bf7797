import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { readAuthentication, warnKeyless } from '../../credentials/authentication.ts'
import type { Places } from '../../credentials/places.ts'
import { stripCookie, stripParameter } from '../../credentials/strip.ts'
import type { StepKind } from '../step-kind.ts'
import { definitionFields } from './schema.ts'

/** Takes off the credentials, so that the upstream does not see them. */
export const stripAuth: StepKind = {
  key: 'strip-auth',
  fields: { definition: definitionFields },

  read(source) {
    const fields = source.definition(definitionFields)
    if (!fields?.strip_auth_data) return null
    if (source.keyless) warnKeyless(source, ['strip_auth_data'])
    const authentication = readAuthentication(source)
    if (!authentication) return null
    return () => [new StripAuthStep([...authentication.places.values()])]
  },
}

class StripAuthStep implements Step {
  readonly name = 'strip credentials'
  readonly phase = 'strip_auth'
  readonly #headers: readonly string[]
  readonly #params: readonly string[]
  readonly #cookies: readonly string[]

  constructor(places: readonly Places[]) {
    const named = (names: readonly (string | null)[]) => [...new Set(names)].filter((name) => name !== null)
    this.#headers = named(places.map(({ header }) => header))
    this.#params = named(places.map(({ param }) => param))
    this.#cookies = named(places.map(({ cookie }) => cookie))
  }

  run(exchange: Exchange): Verdict {
    for (const name of this.#params) stripParameter(exchange, name)
    const { headers } = exchange.openDraft().request
    for (const name of this.#headers) headers.delete(name)
    for (const name of this.#cookies) stripCookie(headers, name)
    return 'go-on'
  }
}
