import { failure, type PosternError } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { bodyLength, CHUNKED } from '../../message/framing.ts'
import { type BoundEntry, BoundSet } from '../../rules/bound-set.ts'
import { readBound } from '../read-bound.ts'
import type { StepKind } from '../step-kind.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import { sizeLimitEntry, versionFields } from './schema.ts'

/** Refuses bodies that are larger than the version, or the rule that matches the request, lets them be. */
export const requestSize: StepKind = {
  key: 'request-size',
  fields: { version: versionFields, extendedPaths: { size_limits: sizeLimitEntry } },

  read(source) {
    const fields = source.ofVersion(versionFields)
    const rules: BoundEntry<number>[] = []
    for (const { entry, path } of source.section('size_limits', sizeLimitEntry)) {
      const bound = readBound(source, entry, path)
      if (bound) rules.push({ ...bound, value: entry.size_limit })
    }
    const limit = fields && !fields.global_size_limit_disabled ? fields.global_size_limit : 0
    if (limit === 0 && rules.length === 0) return null
    return () => [new RequestSizeStep(limit, new BoundSet(rules))]
  },
}

class RequestSizeStep implements Step {
  readonly name = 'request size'
  readonly phase = 'request_size'
  readonly #limit: number
  readonly #rules: BoundSet<number>

  constructor(limit: number, rules: BoundSet<number>) {
    this.#limit = limit
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    if (!this.#rules.empty && exchange.rulePaths.crooked) return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
    const limit = this.#limitOf(exchange)
    if (limit === 0) return 'go-on'
    const error = problem(bodyLength(exchange.incoming), limit)
    return error ? refuse(exchange, error) : 'go-on'
  }

  /** The least of those that hold; 0 where none does. */
  #limitOf(exchange: Exchange): number {
    if (this.#rules.empty) return this.#limit
    const limits = this.#rules.of(exchange).map((limit) => limit ?? this.#limit)
    const least = Math.min(...limits.map((limit) => (limit === 0 ? Number.POSITIVE_INFINITY : limit)))
    return Number.isFinite(least) ? least : 0
  }
}

/** A body whose length is not told beforehand cannot be judged: it would have to be read first. */
function problem(length: number, limit: number): PosternError | null {
  if (length === CHUNKED) return failure('request_length_missing', undefined)
  return length > limit ? failure('request_too_large', { length, limit }) : null
}
