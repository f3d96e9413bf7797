import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { HeaderList, isFieldValue, isHeaderName } from '../../message/header-list.ts'
import { LazyResponse } from '../../message/lazy-response.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import { bytesOf } from '../../values/parts.ts'
import { isFraming } from '../framing-headers.ts'
import type { StepKind } from '../step-kind.ts'
import type { Located, StepSource } from '../step-source.ts'
import { mockEntry } from './schema.ts'

/** Answers with what the definition says, before anybody has to authenticate. */
export const mockResponse: StepKind = {
  key: 'mock-response',
  fields: { extendedPaths: { mock_response: mockEntry } },

  read(source) {
    const rules: RuleEntry<Mock>[] = []
    for (const { entry, path } of source.section('mock_response', mockEntry)) {
      const rule = source.rule(entry.path, [...path, 'path'], { ignoreCase: entry.ignore_case })
      if (rule) rules.push({ rule, method: entry.method, value: readMock({ entry, path }, source) })
    }
    return rules.length > 0 ? () => [new MockResponseStep(new RuleSet(rules))] : null
  },
}

interface Mock {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Uint8Array | null
}

const BODILESS = new Set([204, 205, 304])

function readMock({ entry, path }: Located<(typeof mockEntry)['_output']>, source: StepSource): Mock {
  const headers: string[] = []
  for (const [name, value] of Object.entries(entry.headers)) {
    const at = [...path, 'headers', name]
    if (!isHeaderName(name)) source.problem(at, `expected the name of a header, found ${JSON.stringify(name)}`)
    else if (!isFieldValue(bytesOf(value)))
      source.problem(at, 'expected a value without line breaks and other control characters')
    else if (isFraming(name)) source.warning(at, 'has no effect: the gateway frames messages itself')
    else headers.push(name, bytesOf(value))
  }
  if (BODILESS.has(entry.code) && entry.body !== '') {
    source.problem([...path, 'body'], `expected none, since a response with the status ${entry.code} has no body`)
  }
  const body = entry.body === '' ? null : Buffer.from(entry.body)
  return { status: entry.code, headers: body ? withType(headers, entry.body) : headers, body }
}

/** A body without a type is JSON, if it can be, or text: a browser must not guess that it is a page. */
function withType(headers: readonly string[], body: string): readonly string[] {
  if (new HeaderList([...headers]).has('content-type')) return headers
  return ['Content-Type', isJson(body) ? 'application/json' : 'text/plain; charset=utf-8', ...headers]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

class MockResponseStep implements Step {
  readonly name = 'mock response'
  readonly phase = 'path_access'
  readonly #rules: RuleSet<Mock>

  constructor(rules: RuleSet<Mock>) {
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    const mock = this.#rules.first(exchange)
    if (!mock) return 'go-on'
    const { status, headers, body } = mock
    const limit = exchange.api.maxPluginBody
    exchange
      .openDraft()
      .replace(new LazyResponse({ status, statusText: '', headers: new HeaderList(headers.slice()), content: body, limit }))
    return 'done'
  }
}
