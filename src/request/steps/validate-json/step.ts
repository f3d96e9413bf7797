import { failure } from '../../../errors.ts'
import { isJsonObject, type JsonPath } from '../../../json/json-path.ts'
import { syntaxReason } from '../../../json/parse-json.ts'
import { refuse, refuseFailure } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import { readRequestBody } from '../read-request-body.ts'
import type { StepKind } from '../step-kind.ts'
import type { Located, StepSource } from '../step-source.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import type { Validate } from './compile-schema.ts'
import { validateEntry } from './schema.ts'

/** Refuses bodies that are not the JSON that a schema describes. */
export const validateJson: StepKind = {
  key: 'validate-json',
  fields: { extendedPaths: { validate_json: validateEntry } },

  async read(source) {
    const entries = source.section('validate_json', validateEntry)
    if (entries.length === 0) return null
    const rules: RuleEntry<Validation>[] = []
    for (const located of entries) rules.push(...(await readRule(located, source)))
    return () => [new ValidateJsonStep(new RuleSet(rules))]
  },
}

interface Validation {
  readonly validate: Validate
  /** Of bodies that do not fit. */
  readonly status: number
}

async function readRule({ entry, path }: Located<Entry>, source: StepSource): Promise<RuleEntry<Validation>[]> {
  // In whatever letters: to some upstreams they are the same.
  const rule = source.rule(entry.path, [...path, 'path'], { ignoreCase: true })
  const status = entry.error_response_code || 422
  if (status < 400 || status > 599) {
    source.problem([...path, 'error_response_code'], `expected a status from 400 to 599, found ${status}`)
  }
  const found = readSchema(entry, path, source)
  if (!found) return []
  // The validator is loaded by the first definition that has a use for it.
  const { compileSchema } = await import('./compile-schema.ts')
  const validate = compileSchema(found.schema, {
    problem: (text) => source.problem(found.at, text),
    warning: (text) => source.warning(found.at, text),
  })
  return rule && validate ? [{ rule, method: entry.method, value: { validate, status } }] : []
}

type Entry = (typeof validateEntry)['_output']

function readSchema({ schema, schema_b64: text }: Entry, path: JsonPath, source: StepSource) {
  if (schema) return { schema, at: [...path, 'schema'] }
  const at = [...path, 'schema_b64']
  if (text === '') {
    source.problem(path, 'expected a "schema" or a "schema_b64", found neither')
    return null
  }
  try {
    const decoded: unknown = JSON.parse(Buffer.from(text, 'base64').toString())
    if (isJsonObject(decoded)) return { schema: decoded, at }
  } catch {
    // Told below.
  }
  source.problem(at, 'expected a JSON object in base64, found something else')
  return null
}

class ValidateJsonStep implements Step {
  readonly name = 'JSON schema'
  readonly phase = 'validate'
  readonly #rules: RuleSet<Validation>

  constructor(rules: RuleSet<Validation>) {
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    if (exchange.rulePaths.crooked) return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
    // However the path is written: what an upstream may take for the rule's path has to fit.
    const validation = this.#rules.firstOfAny(exchange)
    return validation ? this.#check(exchange, validation) : 'go-on'
  }

  async #check(exchange: Exchange, { validate, status }: Validation): Promise<Verdict> {
    try {
      const bytes = await readRequestBody(exchange)
      const problem = validate(parse(bytes), bytes.length)
      return problem === null ? 'go-on' : refuse(exchange, failure('body_not_valid', { problem }), status)
    } catch (error) {
      return refuseFailure(exchange, error)
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws `body_not_json` */
function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) throw failure('body_not_json', { reason: 'the body is empty' })
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    const reason = error instanceof SyntaxError ? syntaxReason(error) : 'the body is not UTF-8'
    throw failure('body_not_json', { reason })
  }
}
