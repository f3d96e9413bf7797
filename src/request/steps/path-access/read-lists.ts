import type { JsonPath } from '../../../json/json-path.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepSource } from '../step-source.ts'
import { type Reply, readReply } from './reply.ts'
import { accessEntry, internalEntry, pathsFields } from './schema.ts'

/** What an entry of a list says of a request: what the list is for, or an answer of its own. */
export type Access = 'as-listed' | Reply

/** The lists of a version. */
export interface AccessLists {
  readonly ignored: RuleSet<Access>
  readonly blocked: RuleSet<Access>
  readonly allowed: RuleSet<Access>
  readonly internal: RuleSet<Access>
}

type ListName = keyof typeof pathsFields

/** Reads the lists of a version; null where it has none. */
export function readLists(source: StepSource): AccessLists | null {
  const plain = source.paths(pathsFields)
  const entries = (name: ListName) => [...extended(name, source), ...(plain ? plainEntries(name, plain[name], source) : [])]
  const lists = {
    ignored: new RuleSet(entries('ignored')),
    blocked: new RuleSet(entries('black_list')),
    allowed: new RuleSet(entries('white_list')),
    internal: new RuleSet(internalEntries(source)),
  }
  return Object.values(lists).some((list) => !list.empty) ? lists : null
}

function plainEntries(name: ListName, rules: readonly string[], source: StepSource): RuleEntry<Access>[] {
  return rules.flatMap((text, i) => entriesOf(text, [''], [...source.versionPath, 'paths', name, i], ruleOptions(name), source))
}

function extended(name: ListName, source: StepSource): RuleEntry<Access>[] {
  return source.section(name, accessEntry).flatMap(({ entry, path }) => {
    const at = [...path, 'path']
    const options = ruleOptions(name, entry.ignore_case)
    const actions = Object.entries(entry.method_actions)
    if (actions.length === 0) return entriesOf(entry.path, [entry.method], at, options, source)
    return actions.flatMap(([method, action]) => {
      if (entry.method !== '' && entry.method !== method) return []
      const reply = action.action === 'reply' ? readReply(action, [...path, 'method_actions', method], source) : 'as-listed'
      return entriesOf(entry.path, [method], at, options, source, reply)
    })
  })
}

/** A list that keeps out is not to be stepped around by other letters. */
function ruleOptions(name: ListName, ignoreCase = false): { ignoreCase: boolean } {
  return { ignoreCase: ignoreCase || name === 'black_list' }
}

function internalEntries(source: StepSource): RuleEntry<Access>[] {
  return source
    .section('internal', internalEntry)
    .flatMap(({ entry, path }) => entriesOf(entry.path, [entry.method], [...path, 'path'], { ignoreCase: true }, source))
}

function entriesOf(
  text: string,
  methods: readonly string[],
  at: JsonPath,
  options: { ignoreCase: boolean },
  source: StepSource,
  value: Access = 'as-listed',
): RuleEntry<Access>[] {
  const rule = source.rule(text, at, options)
  return rule ? methods.map((method) => ({ rule, method, value })) : []
}
