import type { Chain } from '../../chain/chain.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { HeaderList } from '../../message/header-list.ts'
import { LazyResponse } from '../../message/lazy-response.ts'
import type { PreparedHeaders } from '../../message/prepared-headers.ts'
import type { StepKind } from '../step-kind.ts'
import type { StepSource } from '../step-source.ts'
import { isOrigin, Origins } from './origins.ts'
import { CorsPolicy, type Fields } from './policy.ts'
import { type CorsOptions, corsOptions, definitionFields } from './schema.ts'

/** Answers the preflights of browsers, and says which origins may read responses. */
export const cors: StepKind = {
  key: 'cors',
  fields: { definition: definitionFields },

  read(source) {
    const options = source.definition(definitionFields)?.CORS
    if (!options?.enable) return null
    check(options, source)
    return () => [new CorsStep(options)]
  },
}

function check(options: CorsOptions, source: StepSource): void {
  options.allowed_origins.forEach((origin, i) => {
    if (isOrigin(origin)) return
    source.warning(
      ['CORS', 'allowed_origins', i],
      `found "${origin}", which is no origin: browsers send one as "https://example.com", without path, and without the scheme's own port`,
    )
  })
  if (options.allow_credentials && new Origins(options.allowed_origins).every) {
    source.warning(
      ['CORS', 'allow_credentials'],
      'of no effect, because "allowed_origins" allows every origin; any page could act in the name of its visitor',
    )
  }
  for (const name of Object.keys(options)) {
    if (!(name in corsOptions.shape)) source.warning(['CORS', name], 'unknown field, kept for plugins to read')
  }
}

/** What the upstream says of these is for its own origins; the definition takes its place. */
const OF_RESPONSES = ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials', 'Access-Control-Expose-Headers']
const OF_PREFLIGHTS = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

class CorsStep implements Step {
  readonly name = 'CORS'
  readonly phase = 'cors'
  readonly #policy: CorsPolicy
  readonly #passThrough: boolean
  readonly #debug: boolean

  constructor(options: CorsOptions) {
    this.#policy = new CorsPolicy(options)
    this.#passThrough = options.options_passthrough
    this.#debug = options.debug
  }

  run(exchange: Exchange, chain: Chain): Verdict | Promise<Verdict> {
    const { requestHeaders: headers, method } = exchange
    const origin = headers.get('origin')
    if (method === 'OPTIONS') {
      if (this.#passThrough) return this.#pass(exchange, chain)
      const wanted = headers.get('access-control-request-method')
      if (origin !== null && wanted !== null) return this.#answer(exchange, origin, wanted)
    }
    this.#prepare(exchange, origin)
    return 'go-on'
  }

  #pass(exchange: Exchange, chain: Chain): Verdict | Promise<Verdict> {
    this.#note(exchange, 'OPTIONS is passed to the upstream')
    const running = chain.runTerminal(exchange)
    return running ? running.then(() => 'done') : 'done'
  }

  #answer(exchange: Exchange, origin: string, method: string): Verdict {
    const wanted = exchange.requestHeaders.get('access-control-request-headers') ?? ''
    const answer = this.#policy.answer({ origin, method, headers: wanted })
    const headers = new HeaderList(['Vary', OF_PREFLIGHTS])
    if (typeof answer === 'string') this.#note(exchange, `A preflight is refused for ${answer}`)
    else {
      this.#note(exchange, `A preflight of the origin "${origin}" is allowed`)
      for (const [name, value] of answer) headers.append(name, value)
    }
    const limit = exchange.api.maxPluginBody
    exchange.openDraft().replace(new LazyResponse({ status: 204, statusText: '', headers, content: null, limit }))
    return 'done'
  }

  #prepare(exchange: Exchange, origin: string | null): void {
    const fields = origin !== null || this.#policy.isConstant ? this.#policy.fieldsFor(origin ?? '') : null
    const prepared = exchange.openPrepared()
    prepare(prepared, fields)
    if (!this.#policy.isConstant) prepared.append('Vary', 'Origin')
    if (origin === null) return
    this.#note(exchange, `Responses are ${fields ? 'for' : 'kept from'} the origin "${origin}"`)
  }

  #note(exchange: Exchange, text: string): void {
    if (this.#debug) exchange.api.log.info({ method: exchange.method, path: exchange.path }, `CORS: ${text}`)
  }
}

function prepare(headers: PreparedHeaders, fields: Fields | null): void {
  for (const name of OF_RESPONSES) headers.remove(name)
  for (const [name, value] of fields ?? []) headers.set(name, value)
}
