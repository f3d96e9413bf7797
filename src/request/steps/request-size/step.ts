import { failure, type PosternError } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { bodyLength, CHUNKED } from '../../message/framing.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepKind } from '../step-kind.ts'
import { sizeLimitEntry, versionFields } from './schema.ts'

/** Refuses bodies that are larger than the version, or the rule that matches the request, lets them be. */
export const requestSize: StepKind = {
  key: 'request-size',
  fields: { version: versionFields, extendedPaths: { size_limits: sizeLimitEntry } },

  read(source) {
    const fields = source.ofVersion(versionFields)
    const rules: RuleEntry<number>[] = []
    for (const { entry, path } of source.section('size_limits', sizeLimitEntry)) {
      const rule = source.rule(entry.path, [...path, 'path'])
      if (rule) rules.push({ rule, method: entry.method, value: entry.size_limit })
    }
    const limit = fields && !fields.global_size_limit_disabled ? fields.global_size_limit : 0
    if (limit === 0 && rules.length === 0) return null
    return () => [new RequestSizeStep(limit, new RuleSet(rules))]
  },
}

class RequestSizeStep implements Step {
  readonly name = 'request size'
  readonly phase = 'request_size'
  readonly #limit: number
  readonly #rules: RuleSet<number>

  constructor(limit: number, rules: RuleSet<number>) {
    this.#limit = limit
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    const limit = this.#rules.first(exchange) ?? this.#limit
    if (limit === 0) return 'go-on'
    const error = problem(bodyLength(exchange.incoming), limit)
    return error ? refuse(exchange, error) : 'go-on'
  }
}

/** A body whose length is not told beforehand cannot be judged: it would have to be read first. */
function problem(length: number, limit: number): PosternError | null {
  if (length === CHUNKED) return failure('request_length_missing', undefined)
  return length > limit ? failure('request_too_large', { length, limit }) : null
}
