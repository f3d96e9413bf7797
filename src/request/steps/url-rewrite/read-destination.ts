import { show } from '../../../json/describe-issue.ts'
import type { JsonPath } from '../../../json/json-path.ts'
import type { Part } from '../../values/parts.ts'
import type { StepSource } from '../step-source.ts'
import type { DestinationPlan, LoopControls } from './destination.ts'
import { split } from './destination.ts'
import { encodeUnsafe } from './percent-encode.ts'

/** More loops than anybody has a use for, and few enough for the stack. */
const MOST_LOOPS = 100
const METHOD = /^[A-Za-z]+$/
const VARIABLE = /\$(?:\d|tyk_|secret_)/
const SCHEME = /^(https?|tyk):\/\//i
const NO_CONTROLS: LoopControls = { method: null, checkLimits: false, limit: null }

/** Compiles a `rewrite_to`; null where there are problems. */
export function readDestination(text: string, at: JsonPath, source: StepSource): DestinationPlan | null {
  const loop = /^tyk:\/\//i.test(text) ? readControls(text, at, source) : { text, controls: NO_CONTROLS }
  const parts = source.parts(loop.text, at, { groups: true })
  const plan = parts && planOf(parts, loop.controls)
  const [leading] = /^\$tyk_context\.[\w.-]+/.exec(text) ?? []
  if (leading) source.warning(at, `begins with "${leading}": whoever sends a request may choose the host`)
  return plan && isSound(plan, text, at, source) ? plan : null
}

/** Takes what is meant for the loop itself out of the query; it is fixed, so that no client can have a say in it. */
function readControls(text: string, at: JsonPath, source: StepSource): { text: string; controls: LoopControls } {
  const mark = text.indexOf('?')
  if (mark < 0) return { text, controls: NO_CONTROLS }
  let controls = NO_CONTROLS
  const others: string[] = []
  for (const pair of text.slice(mark + 1).split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) as RegExpExecArray
    if (!['method', 'check_limits', 'loop_limit'].includes(name)) others.push(pair)
    else if (VARIABLE.test(value)) source.problem(at, `expected a fixed value for "${name}", found ${show(value)}`)
    else controls = { ...controls, ...readControl(name, value, at, source) }
  }
  const query = others.length > 0 ? `?${others.join('&')}` : ''
  return { text: text.slice(0, mark) + query, controls }
}

function readControl(name: string, value: string, at: JsonPath, source: StepSource): Partial<LoopControls> {
  if (name === 'check_limits') return { checkLimits: value === 'true' }
  if (name === 'method') {
    if (METHOD.test(value)) return { method: value.toUpperCase() }
    source.problem(at, `expected the name of a method for "method", found ${show(value)}`)
    return {}
  }
  const limit = Number(value)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LOOPS) return { limit }
  source.problem(at, `expected a whole number from 1 to ${MOST_LOOPS} for "loop_limit", found ${show(value)}`)
  return {}
}

function planOf(parts: readonly Part[], controls: LoopControls): DestinationPlan {
  const [first, ...others] = parts
  const found = first?.kind === 'literal' ? SCHEME.exec(first.text) : null
  if (!found || first?.kind !== 'literal') return { scheme: null, authority: [], rest: parts.map(encoded), controls }
  const authority: Part[] = []
  const rest: Part[] = []
  for (const part of [{ kind: 'literal', text: first.text.slice(found[0].length) } as const, ...others]) {
    const end = part.kind === 'literal' ? part.text.search(/[/?#]/) : -1
    if (rest.length > 0) rest.push(part)
    else if (part.kind !== 'literal' || end < 0) authority.push(part)
    else {
      if (end > 0) authority.push({ kind: 'literal', text: part.text.slice(0, end) })
      rest.push({ kind: 'literal', text: part.text.slice(end) })
    }
  }
  return { scheme: (found[1] as string).toLowerCase() as 'http', authority, rest: rest.map(encoded), controls }
}

function encoded(part: Part): Part {
  return part.kind === 'literal' ? { ...part, text: encodeUnsafe(part.text) } : part
}

/** Whether what is fixed makes sense. */
function isSound({ scheme, authority, rest }: DestinationPlan, text: string, at: JsonPath, source: StepSource): boolean {
  const host = fixedText(authority)
  if (scheme !== null && host !== null && !isHost(scheme, host)) {
    const expected = scheme === 'tyk' ? 'self, or the id or name of an API, behind "tyk://"' : 'a URL with a host, and no user'
    source.problem(at, `expected ${expected}, found ${show(text)}`)
    return false
  }
  const path = fixedText(rest)
  if (path !== null && split(path) === null) {
    source.problem(at, `expected a path without dot segments, found ${show(text)}`)
    return false
  }
  return true
}

function isHost(scheme: string, host: string): boolean {
  if (scheme === 'tyk') return host.trim() !== ''
  const url = URL.parse(`${scheme}://${host}`)
  return url !== null && url.username === '' && url.password === ''
}

/** A text without variables; null if it has any. */
export function fixedText(parts: readonly Part[]): string | null {
  let text = ''
  for (const part of parts) {
    if (part.kind !== 'literal') return null
    text += part.text
  }
  return text
}
