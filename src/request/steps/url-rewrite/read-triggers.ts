import type * as z from 'zod'
import { textOf } from '../../../errors.ts'
import { show } from '../../../json/describe-issue.ts'
import type { JsonPath } from '../../../json/json-path.ts'
import { compileSearch, type Search } from '../../rules/search.ts'
import { metaVariable } from '../../values/context-variables.ts'
import type { Getter, Part } from '../../values/parts.ts'
import type { StepSource } from '../step-source.ts'
import { type Check, type Matching, matchSegments, matchValue, matchValues } from './matches.ts'
import { readDestination } from './read-destination.ts'
import { matchFields, triggerFields, triggerOptions } from './schema.ts'
import type { Trigger } from './trigger.ts'

type TriggerFields = z.infer<typeof triggerFields>
type MatchFields = z.infer<typeof matchFields>
type Kind = 'header_matches' | 'query_val_matches' | 'path_part_matches' | 'session_meta_matches' | 'request_context_matches'

/** Compiles a search; null, with the problem noted, where it is no regular expression. */
export function readSearch(text: string, at: JsonPath, source: StepSource): Search | null {
  try {
    return compileSearch(text)
  } catch (error) {
    source.problem(at, `expected a regular expression, found ${show(text)}: ${textOf(error)}`)
    return null
  }
}

/** Reads the triggers of an entry. */
export function readTriggers(fields: readonly TriggerFields[], at: JsonPath, source: StepSource): Trigger[] {
  return fields.flatMap((trigger, i) => readTrigger(trigger, i, [...at, i], source) ?? [])
}

function readTrigger(fields: TriggerFields, number: number, at: JsonPath, source: StepSource): Trigger | null {
  const { on, options } = fields
  const path = [...at, 'options']
  warnOfOthers(fields, triggerFields.shape, at, source)
  warnOfOthers(options, triggerOptions.shape, path, source)
  const checks = (Object.keys(kinds) as Kind[]).flatMap((kind) =>
    Object.entries(options[kind] ?? {}).flatMap(([name, match]) => {
      const matching = readMatching(match, `trigger-${number}-${name}`, [...path, kind, name], source)
      return matching ? [kinds[kind](name, matching, { source, at: [...path, kind, name] })] : []
    }),
  )
  const payload = isGiven(options.payload_matches) ? options.payload_matches : null
  const body = payload && readMatching(payload, `trigger-${number}-payload`, [...path, 'payload_matches'], source)
  if (checks.length === 0 && !body) {
    source.warning(path, on === 'any' ? 'nothing to look at: it never applies' : 'nothing to look at: it always applies')
  }
  const plan = readDestination(fields.rewrite_to, [...at, 'rewrite_to'], source)
  return plan && { any: on === 'any', checks, body, plan }
}

/** Exported definitions have an empty one where there is none. */
function isGiven(payload: MatchFields | null | undefined): payload is MatchFields {
  return payload !== null && payload !== undefined && (payload.match_rx !== '' || payload.reverse)
}

function readMatching(fields: MatchFields, name: string, at: JsonPath, source: StepSource): Matching | null {
  warnOfOthers(fields, matchFields.shape, at, source)
  const search = readSearch(fields.match_rx, [...at, 'match_rx'], source)
  return search && { search, reverse: fields.reverse, name }
}

interface Place {
  readonly source: StepSource
  readonly at: JsonPath
}

const kinds: Readonly<Record<Kind, (name: string, matching: Matching, place: Place) => Check>> = {
  header_matches: (name, matching) => {
    const lower = name.toLowerCase()
    return ({ headers, exchange }) => matchValues(matching, valuesNamed(headers, lower), exchange)
  },
  query_val_matches:
    (name, matching) =>
    ({ standing: { query }, exchange }) =>
      matchValues(matching, parametersNamed(query, name), exchange),
  path_part_matches:
    (_, matching) =>
    ({ standing: { path }, exchange }) =>
      matchSegments(matching, path.split('/').slice(1).map(decoded), exchange),
  session_meta_matches: (name, matching) => ofGetter(metaVariable(name), matching),
  request_context_matches: (name, matching, { source, at }) => ofGetter(contextReader(name, at, source), matching),
}

function ofGetter(read: Getter, matching: Matching): Check {
  return ({ exchange }) => matchValue(matching, read(exchange), exchange)
}

function contextReader(name: string, at: JsonPath, source: StepSource): Getter {
  const [part] = source.parts(`$tyk_context.${name}`, at) as readonly Part[]
  return part?.kind === 'variable' ? part.read : () => ''
}

function valuesNamed(headers: readonly string[], lower: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length === lower.length && name.toLowerCase() === lower) values.push(headers[i + 1] as string)
  }
  return values
}

function parametersNamed(query: string, name: string): string[] {
  const values = new URLSearchParams(Buffer.from(query, 'latin1').toString()).getAll(name)
  return values.map((value) => Buffer.from(value).toString('latin1'))
}

/** A segment without its percent-encoding, as bytes; as it is where that is broken. */
function decoded(segment: string): string {
  return segment.replace(/%([0-9a-f]{2})/gi, (_, octet: string) => String.fromCharCode(Number.parseInt(octet, 16)))
}

function warnOfOthers(object: object, shape: object, at: JsonPath, source: StepSource): void {
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(shape, name)) source.warning([...at, name], 'unknown field; ignored')
  }
}
