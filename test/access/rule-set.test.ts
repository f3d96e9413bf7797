import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { isLinear, toNative } from '../../src/request/rules/linear-pattern.ts'
import { LiteralAutomaton } from '../../src/request/rules/literal-automaton.ts'
import { compilePathRule, type PathRule } from '../../src/request/rules/path-rule.ts'
import { requiredLiterals } from '../../src/request/rules/required-literals.ts'
import { RulePaths } from '../../src/request/rules/rule-paths.ts'
import { type RuleEntry, RuleSet } from '../../src/request/rules/rule-set.ts'

const letters = fc.constantFrom('a', 'b', 'k', 's', 'K', '/', '/', '7')
const word = fc.string({ unit: letters, minLength: 1, maxLength: 4 })

/** What path rules are made of, so chosen that paths of a few letters match some. */
const piece = fc.oneof(
  { weight: 6, arbitrary: word },
  fc.constantFrom(
    '/{id}',
    '/*',
    '/*/',
    '[ab]+',
    '[^/]*',
    '([^/]+)',
    '.',
    '.*',
    'a?',
    'b*',
    'k+',
    's{2}',
    'a{0,1}',
    'b{1,}',
    'x{',
  ),
  fc.constantFrom('\\.', '\\/', '\\d+', '\\w', '\\x61', '\\p{L}', '\\Qa.b\\E', '\\bab', '[[:alpha:]]+', '[]a]', '[^\\]]', '\\n'),
  fc.constantFrom('(ab|/k)', '(?:a|b)?', '(?i)', '(?i:ks)', '(a(b|k))', '(ab){0}', '(ab)+', 'a|b', '|', '^', '$', 'ſ', '\u212a'),
)
const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
const options = fc.record({ ignoreCase: fc.boolean(), matchPrefix: fc.boolean(), matchSuffix: fc.boolean() })
const method = fc.constantFrom('', 'GET', 'PUT')

function compiled(text: string, how: object): PathRule | null {
  try {
    return compilePathRule(text, how)
  } catch {
    return null
  }
}

const entries = fc.array(fc.tuple(pattern, options, method), { minLength: 1, maxLength: 40 }).map((list) =>
  list.flatMap(([text, how, wanted], value): RuleEntry<number>[] => {
    const rule = compiled(text, how)
    return rule ? [{ rule, method: wanted, value }] : []
  }),
)

const path = fc.string({
  unit: fc.constantFrom('a', 'b', 'k', 's', 'A', 'K', 'S', '/', '/', '7', '.', '%2F', '\u212a', 'ſ'),
  maxLength: 14,
})

/** A request as far as rules look at it. */
function requestFor(rest: string, wanted: string): Exchange {
  const place = { listenPath: '/ab', versionSegment: rest.length % 2 === 0 ? '' : '/k', raw: `/${rest}`, normal: `/${rest}` }
  return { method: wanted, rulePaths: new RulePaths(place) } as Exchange
}

/** What trying one rule after the other finds. */
function tried(list: readonly RuleEntry<number>[], wanted: string, paths: readonly string[]): number | undefined {
  const applies = ({ method: of, rule }: RuleEntry<number>) =>
    (of === '' || of === wanted) && paths.some((each) => rule.matches(each))
  return list.find(applies)?.value
}

describe('a set of rules', () => {
  test('finds what trying one rule after the other finds', () => {
    fc.assert(
      fc.property(entries, fc.array(path, { minLength: 1, maxLength: 8 }), method, (list, paths, wanted) => {
        const rules = new RuleSet(list)
        for (const rest of paths) {
          const request = requestFor(rest, wanted || 'GET')
          const { rulePaths } = request
          assert.equal(rules.first(request), tried(list, request.method, rulePaths.asSent))
          assert.equal(rules.firstOfAny(request), tried(list, request.method, rulePaths.any.flat()))
          const every = rulePaths.every.map((forms) => tried(list, request.method, forms))
          assert.equal(rules.firstOfEvery(request), every.includes(undefined) ? undefined : every[0])
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('finds all of many texts in a path at once', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'k', 's'), minLength: 1, maxLength: 5 })
    const searched = fc.string({ unit: fc.constantFrom('a', 'b', 'k', 's', 'A', 'K', '\u212a', 'ſ', 'é', '/'), maxLength: 20 })
    const folded = (each: string) => each.replaceAll('\u212a', 'k').replaceAll('ſ', 's').toLowerCase()
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 20 }), searched, (texts, path) => {
        const found = new Set<number>()
        new LiteralAutomaton(texts).scan(path, (number) => found.add(number))
        const expected = [...texts.keys()].filter((number) => folded(path).includes(texts[number] as string))
        assert.deepEqual(
          [...found].sort((a, b) => a - b),
          expected,
        )
      }),
      { numRuns: 1000 },
    )
  })

  test('knows texts without which a rule does not match', () => {
    const expected: Record<string, string[]> = {
      '/Items/([^/]+)/price': ['/items/', '/price'],
      'ab?cd+ef{0,2}gh': ['cd', 'gh'],
      '^/v[0-9]+/(daily|weekly)/r$': ['/v', '/r'],
      'a\\.b\\d+cd': ['a.b', 'cd'],
      '(?i)/health': ['/health'],
      'ab|cd': [],
      '(ab|cd)': [],
      '\\Qa+b\\E': [],
      'ab\\p{Lu}': [],
      abſcd: ['ab', 'cd'],
    }
    for (const [text, literals] of Object.entries(expected)) assert.deepEqual(requiredLiterals(text), literals, text)
  })
})

describe('a pattern is given to the engine that backtracks', () => {
  const linear = [
    '/(a|b)',
    '/v[0-9]+/(daily|weekly)/r1$',
    '/(?:ab|cd)[^/]+/x',
    '/v[a-z]+/x',
    '^/x(/|a)$',

    '/a/b',
    '^/a$',
    '/([^/]+)/x/([^/]+)',
    '/v[0-9]+/items',
    '/files/.*',
    '^[^/]+\\.json$',
    '^.*x',
    '[a-z]+',
    '/[a-z]+$',
  ]
  const others = [
    'x[a-z]+y',
    '[^/]+\\.json',
    '.*x',
    'a.+b',
    '/[a-z]+[a-z]+$',
    '/[^/]+/.*x',
    '[a-z]*$',
    '(a+)+',
    '/(a|ab)',
    '/(a|A)',
    '/(a|b)?',
    '/(a|)',
    '/(a/|b)[^a]+/x',
    'a?',
    'a{2}',
    '[[:alpha:]]+',
    '\\d+',
    '^[ab]+a[ab]+$',
  ]
  for (const text of linear) test(`if it cannot: ${text}`, () => assert.equal(isLinear(text), true))
  for (const text of others) test(`but not if it might: ${text}`, () => assert.equal(isLinear(text), false))

  test('and takes no time to speak of where nothing is found', () => {
    const units = ['a', '/', '/a', '/v', '/v7', 'b/', '/ab', '.j', 'x', '/v7/daily/r']
    // An engine that looked at every character from every other would take minutes.
    for (const text of linear) for (const unit of units) new RegExp(`${text}`).test(`${unit.repeat(200_000 / unit.length)}!`)
  })

  test('and means the same to both', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'k', '/', 'A', '.', '7', '\r', '\n'), maxLength: 20 })
    fc.assert(
      fc.property(pattern, fc.array(texts, { minLength: 5, maxLength: 5 }), fc.boolean(), (text, paths, ignoreCase) => {
        fc.pre(isLinear(text))
        const re2 = RE2JS.compile(text, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
        const native = toNative(text, ignoreCase ? 'i' : '')
        for (const each of paths) assert.equal(native?.test(each), re2.test(each), `${text} on ${each}`)
      }),
      { numRuns: 1000 },
    )
  })
})
