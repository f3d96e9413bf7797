import { failure } from '../../../errors.ts'
import type { JsonPath } from '../../../json/json-path.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { StepKind } from '../step-kind.ts'
import type { StepSource } from '../step-source.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import { definitionFields, versionFields } from './schema.ts'

/** Ends an API, or a version of one, at a time that was set beforehand. */
export const expiry: StepKind = {
  key: 'expiry',
  fields: { definition: definitionFields, version: versionFields },

  read(source) {
    const api = source.definition(definitionFields)
    const version = source.ofVersion(versionFields)
    const apiEnds = readTime(api?.expiration ?? '', ['expiration'], source)
    const versionEnds = readTime(version?.expires ?? '', [...source.versionPath, 'expires'], source)
    if (apiEnds === NEVER && versionEnds === NEVER) return null
    return () => [new ExpiryStep(apiEnds, versionEnds)]
  },
}

const NEVER = Number.POSITIVE_INFINITY
const TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)$/

/** In milliseconds since 1970. */
function readTime(text: string, at: JsonPath, source: StepSource): number {
  if (text === '' || text === '-1') return NEVER
  const iso = TIME.test(text) ? `${text.replace(' ', 'T')}:00.000Z` : ''
  const time = Date.parse(iso)
  if (!Number.isNaN(time) && new Date(time).toISOString() === iso) return time
  source.problem(at, `expected a time in UTC as "2030-12-31 23:59", or nothing, found ${JSON.stringify(text)}`)
  return NEVER
}

class ExpiryStep implements Step {
  readonly name = 'expiry'
  readonly phase = 'version'
  readonly #apiEnds: number
  readonly #versionEnds: number
  /** The earlier one, as an HTTP date. */
  readonly #date: string

  constructor(apiEnds: number, versionEnds: number) {
    this.#apiEnds = apiEnds
    this.#versionEnds = versionEnds
    this.#date = new Date(Math.min(apiEnds, versionEnds)).toUTCString()
  }

  run(exchange: Exchange): Verdict {
    const now = Date.now()
    if (now >= this.#apiEnds) return refuseVersion(exchange, failure('api_expired', undefined))
    if (now >= this.#versionEnds) return refuseVersion(exchange, failure('version_expired', undefined))
    exchange.openPrepared().set('x-tyk-api-expires', this.#date)
    return 'go-on'
  }
}
