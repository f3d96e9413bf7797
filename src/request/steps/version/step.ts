import { failure, isFailure, type PosternError } from '../../../errors.ts'
import type { ApiVersion } from '../../chain/api.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { refuseVersion } from './refuse-version.ts'
import type { OtherApi, Versioning } from './versioning.ts'

/** Finds out which version a request wants, and has it served by that version's chain. */
export class VersionStep implements Step {
  readonly name = 'version'
  readonly phase = 'version'
  readonly #versioning: Versioning<ApiVersion>

  constructor(versioning: Versioning<ApiVersion>) {
    this.#versioning = versioning
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { locator, own } = this.#versioning
    // The versions of a version would be a way in circles.
    if (own && exchange.isVersion) return serve(exchange, own)
    const name = locator.locate(exchange)
    const version = isFailure(name) ? name : this.#choose(name)
    if (isFailure(version)) return refuseVersion(exchange, version)
    return 'apiId' in version ? serveByOther(exchange, version, String(name)) : serve(exchange, version)
  }

  #choose(name: string): ApiVersion | OtherApi | PosternError {
    const { versions, defaultVersion, fallBack, own } = this.#versioning
    if (name === '') return defaultVersion ?? failure('version_missing', undefined)
    const found = versions.get(name) ?? (fallBack ? defaultVersion : null)
    if (found) return found
    return own ? failure('version_not_listed', { version: name }) : failure('version_unknown', { version: name })
  }
}

function serve(exchange: Exchange, version: ApiVersion): Verdict | Promise<Verdict> {
  exchange.serveAs(version)
  const running = version.chain.run(exchange)
  return running ? running.then(() => 'done') : 'done'
}

function serveByOther(exchange: Exchange, { apiId }: OtherApi, name: string): Verdict | Promise<Verdict> {
  const api = exchange.directory.find(apiId)
  if (!api) {
    const error = failure('version_api_missing', { version: name, apiId })
    exchange.api.log.warn({ err: error }, error.message)
    return refuseVersion(exchange, error)
  }
  exchange.api = api
  exchange.isVersion = true
  return serve(exchange, api)
}
