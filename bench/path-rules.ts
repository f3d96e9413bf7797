/**
 * `node bench/path-rules.ts`: how long it takes to find the rule that matches a path, of 609 rules and with 10,000 paths, by trying
 * one rule after the other and by their index.
 */
import type { Exchange } from '../src/request/chain/exchange.ts'
import { compilePathRule } from '../src/request/rules/path-rule.ts'
import { RulePaths } from '../src/request/rules/rule-paths.ts'
import { type RuleEntry, RuleSet } from '../src/request/rules/rule-set.ts'

const RULES_OF_A_KIND = 203
const PATHS = 10_000
const ROUNDS = 9
/** Trying every rule is so slow that a part of the paths has to do. */
const TRIED_PATHS = 500

const rules = Array.from({ length: RULES_OF_A_KIND }, (_, i) => [
  `/service-${i}/health`,
  `/service-${i}/items/{id}/parts/{id}`,
  `^/v[0-9]+/reports/(daily|weekly)/r${i}$`,
]).flat()

/** A third of each: paths of a rule with segments, of a regular expression, and of none. */
const paths = Array.from({ length: PATHS }, (_, i) => {
  const number = i % 250
  if (i % 3 === 0) return `/service-${number}/items/${i}/parts/x${i}`
  if (i % 3 === 1) return `/v${i}/reports/daily/r${number}`
  return `/other/${i}/service-${number}/healthy`
})

const entries: RuleEntry<string>[] = rules.map((text) => ({ rule: compilePathRule(text), method: 'GET', value: text }))

function requestFor(path: string): Exchange {
  return {
    method: 'GET',
    rulePaths: new RulePaths({ listenPath: '/api', versionSegment: '', raw: path, normal: path }),
  } as Exchange
}

function tryEach({ rulePaths: { asSent } }: Exchange): string | undefined {
  return entries.find(({ rule }) => asSent.some((path) => rule.matches(path)))?.value
}

/** Microseconds for each path: the median of the rounds. */
function measure(find: (request: Exchange) => string | undefined, list: readonly string[]): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const requests = list.map(requestFor)
    const start = performance.now()
    for (const request of requests) find(request)
    return ((performance.now() - start) * 1000) / list.length
  })
  return times.sort((a, b) => a - b)[ROUNDS >> 1] as number
}

const buildStart = performance.now()
const set = new RuleSet(entries)
const built = performance.now() - buildStart
for (const path of paths.slice(0, TRIED_PATHS)) {
  const request = requestFor(path)
  if (set.first(request) !== tryEach(request)) throw new Error(`the index and the rules disagree on ${path}`)
}
const one = measure(tryEach, paths.slice(0, TRIED_PATHS))
const indexed = measure((request) => set.first(request), paths)
const few = new RuleSet(entries.slice(0, 6))
console.log(`${entries.length} rules, ${PATHS} paths; the index is built in ${built.toFixed(1)} ms`)
console.log(`one rule after the other   ${one.toFixed(1)} µs for each path`)
console.log(`by the index               ${indexed.toFixed(2)} µs for each path`)
console.log(`6 rules, tried             ${measure((request) => few.first(request), paths).toFixed(2)} µs for each path`)
