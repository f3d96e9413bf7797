import type { JsonPath } from '../../../json/json-path.ts'
import type { Draft } from '../../chain/draft.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepKind } from '../step-kind.ts'
import type { StepSource } from '../step-source.ts'
import type { HeaderChange } from './header-change.ts'
import { readChange } from './read-change.ts'
import { headersEntry, proxyFields, requestFields, responseFields } from './schema.ts'

/**
 * Changes headers. Of the request: what is global, then what the first matching rule says; of the upstream's response:
 * the rule, then what is global.
 */
export const transformHeaders: StepKind = {
  key: 'transform-headers',
  fields: {
    version: { ...requestFields, ...responseFields },
    extendedPaths: { transform_headers: headersEntry, transform_response_headers: headersEntry },
  },

  read(source) {
    const request = readRequest(source)
    const response = readResponse(source)
    if (!isUsed(request) && !isUsed(response)) return null
    return () => [
      ...(isUsed(request) ? [new RequestHeadersStep(request)] : []),
      ...(isUsed(response) ? [new ResponseHeadersStep(response)] : []),
    ]
  },
}

interface Changes {
  readonly global: HeaderChange | null
  readonly rules: readonly RuleEntry<HeaderChange>[]
}

function isUsed({ global, rules }: Changes): boolean {
  return global !== null || rules.length > 0
}

function readRequest(source: StepSource): Changes {
  const ineffective = hostReader(source)
  const rules = readRules(source, 'transform_headers', ineffective)
  const fields = source.ofVersion(requestFields)
  if (!fields || fields.global_headers_disabled) return { global: null, rules }
  const { global_headers: set, global_headers_remove: remove } = fields
  const paths = globalPaths(source, 'global_headers')
  return { global: readChange({ set, remove, ...paths }, source, ineffective), rules }
}

function readResponse(source: StepSource): Changes {
  const rules = readRules(source, 'transform_response_headers')
  const fields = source.ofVersion(responseFields)
  if (!fields || fields.global_response_headers_disabled) return { global: null, rules }
  const { global_response_headers: set, global_response_headers_remove: remove } = fields
  return { global: readChange({ set, remove, ...globalPaths(source, 'global_response_headers') }, source), rules }
}

function globalPaths({ versionPath }: StepSource, field: string): { setPath: JsonPath; removePath: JsonPath } {
  return { setPath: [...versionPath, field], removePath: [...versionPath, `${field}_remove`] }
}

/** The upstream gets the target's Host unless the client's is preserved; there is always one. */
function hostReader(source: StepSource): (name: string) => string | null {
  const preserved = source.proxy(proxyFields)?.preserve_host_header === true
  return (name) => (name === 'host' && !preserved ? 'the Host is the target\'s, unless "preserve_host_header" is true' : null)
}

function readRules(
  source: StepSource,
  section: string,
  ineffective?: (name: string) => string | null,
): readonly RuleEntry<HeaderChange>[] {
  const rules: RuleEntry<HeaderChange>[] = []
  for (const { entry, path } of source.section(section, headersEntry)) {
    const rule = source.rule(entry.path, [...path, 'path'])
    if (entry.act_on) source.warning([...path, 'act_on'], `has no effect: ${section} says what is meant`)
    const change = readChange(
      {
        set: entry.add_headers,
        setPath: [...path, 'add_headers'],
        remove: entry.delete_headers,
        removePath: [...path, 'delete_headers'],
      },
      source,
      ineffective,
    )
    if (rule && change) rules.push({ rule, method: entry.method, value: change })
  }
  return rules
}

class RequestHeadersStep implements Step {
  readonly name = 'request headers'
  readonly phase = 'transform_headers'
  readonly #global: HeaderChange | null
  readonly #rules: RuleSet<HeaderChange>

  constructor({ global, rules }: Changes) {
    this.#global = global
    this.#rules = new RuleSet(rules)
  }

  run(exchange: Exchange): Verdict {
    const ruled = this.#rules.first(exchange)
    this.#global?.applyToRequest(exchange)
    ruled?.applyToRequest(exchange)
    return 'go-on'
  }
}

class ResponseHeadersStep implements Step {
  readonly name = 'response headers'
  readonly phase = 'response_headers'
  readonly #global: HeaderChange | null
  readonly #rules: RuleSet<HeaderChange>

  constructor({ global, rules }: Changes) {
    this.#global = global
    this.#rules = new RuleSet(rules)
  }

  run(exchange: Exchange): Verdict {
    const { response } = exchange.draft as Draft
    if (response) {
      this.#rules.first(exchange)?.apply(response.headers, exchange)
      this.#global?.apply(response.headers, exchange)
    }
    return 'go-on'
  }
}
