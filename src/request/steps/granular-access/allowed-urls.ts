import type { AccessDefinition } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { compilePathRule, type PathRule, type PathRuleOptions } from '../../rules/path-rule.ts'
import { RuleSet } from '../../rules/rule-set.ts'

/** The paths and methods that a key is for. */
export class AllowedUrls {
  readonly #rules: RuleSet<true>

  constructor(urls: NonNullable<AccessDefinition['allowed_urls']>, options: PathRuleOptions) {
    const entries = urls.flatMap(({ url, methods }) => {
      const rule = compiled(url, options)
      if (!rule || !Array.isArray(methods)) return []
      return methods.filter((method) => method !== '').map((method) => ({ rule, method, value: true as const }))
    })
    this.#rules = new RuleSet(entries)
  }

  /** Whatever an upstream may take the path for, it has to be one of these. */
  allow(exchange: Exchange): boolean {
    return !exchange.rulePaths.crooked && this.#rules.firstOfEvery(exchange) === true
  }
}

/** Sessions come from plugins as well: what is no rule lets nothing in. */
function compiled(url: unknown, options: PathRuleOptions): PathRule | null {
  try {
    return typeof url === 'string' ? compilePathRule(url, options) : null
  } catch {
    return null
  }
}
