import { failure } from '../../../errors.ts'
import type { AccessDefinition } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { refuseCredential } from '../../credentials/refuse-credential.ts'
import type { PathRuleOptions } from '../../rules/path-rule.ts'
import type { StepKind } from '../step-kind.ts'
import { AllowedUrls } from './allowed-urls.ts'

type Urls = NonNullable<AccessDefinition['allowed_urls']>

/** Refuses keys that are for other paths or methods. */
export const granularAccess: StepKind = {
  key: 'granular-access',
  fields: {},

  read({ keyless, ruleOptions }) {
    return keyless ? null : ({ apiId }) => [new GranularAccessStep(apiId, ruleOptions)]
  },
}

class GranularAccessStep implements Step {
  readonly name = 'granular access'
  readonly phase = 'session'
  readonly #apiId: string
  readonly #options: PathRuleOptions
  /** Sessions that were found are the same objects as long as they are cached. */
  readonly #compiled = new WeakMap<Urls, AllowedUrls>()

  constructor(apiId: string, options: PathRuleOptions) {
    this.#apiId = apiId
    this.#options = options
  }

  run(exchange: Exchange): Verdict {
    const rights = exchange.session?.access_rights
    const urls = rights && Object.hasOwn(rights, this.#apiId) ? rights[this.#apiId]?.allowed_urls : undefined
    if (!Array.isArray(urls) || urls.length === 0) return 'go-on'
    // A plugin may keep the session that it has set, and change it.
    const allowed = exchange.pluginSession ? new AllowedUrls(urls, this.#options) : this.#of(urls)
    return allowed.allow(exchange)
      ? 'go-on'
      : refuseCredential(exchange, failure('resource_not_granted', undefined), exchange.token)
  }

  #of(urls: Urls): AllowedUrls {
    let allowed = this.#compiled.get(urls)
    if (!allowed) {
      allowed = new AllowedUrls(urls, this.#options)
      this.#compiled.set(urls, allowed)
    }
    return allowed
  }
}
