import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { compileSearch } from '../../src/request/rules/search.ts'

describe('a search', () => {
  const cases: readonly (readonly [pattern: string, text: string, found: readonly string[] | null])[] = [
    ['/users/([^/]+)', '/api/users/7/x', ['/users/7', '7']],
    ['^/api', '/users/api', null],
    ['(.*)', '/a?b=c', ['/a?b=c', '/a?b=c']],
    ['/api(.*)', '/api\r/x\ny', ['/api\r/x', '\r/x']],
    ['[.]+x', '..x', ['..x']],
    ['(a)|(b)', 'b', ['b', '', 'b']],
    ['', 'x', ['']],
    ['(?i)X(?P<name>\\d)', 'x1', ['x1', '1']],
  ]
  for (const [pattern, text, found] of cases) {
    test(`for ${JSON.stringify(pattern)} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(compileSearch(pattern).first(text), found)
    })
  }

  test('finds the first few stretches', () => {
    const search = compileSearch('b(a|)')
    assert.deepEqual(search.all('ba b ba ba', 3), [
      ['ba', 'a'],
      ['b', ''],
      ['ba', 'a'],
    ])
    assert.deepEqual(compileSearch('a').all('aaa', 2), [['a'], ['a']])
    assert.deepEqual(search.all('c', 3), [])
  })

  test('does not remember where it was', () => {
    const search = compileSearch('a')
    assert.deepEqual(
      [search.first('a'), search.first('a'), search.all('ba', 1), search.first('a')],
      [['a'], ['a'], [['a']], ['a']],
    )
  })

  test('finds what RE2 finds, on whichever engine it runs', () => {
    const piece = fc.constantFrom('a', 'b', '/', '.*', '[ab]+', '(.*)', '[^/]*', '\\.', '(a)', '|', '^', '$', 'x?')
    const pattern = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''))
    const text = fc
      .array(fc.constantFrom('a', 'b', '/', '.', 'x', '\n', '\r', '?'), { maxLength: 12 })
      .map((chars) => chars.join(''))
    fc.assert(
      fc.property(pattern, text, (wanted, searched) => {
        let expected: (string | null)[] | null
        try {
          const matcher = RE2JS.compile(wanted).matcher(searched)
          expected = matcher.find() ? Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? '') : null
        } catch {
          return
        }
        assert.deepEqual(compileSearch(wanted).first(searched), expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('that is no regular expression throws', () => {
    for (const pattern of ['(', '(?=a)', '[']) assert.throws(() => compileSearch(pattern), SyntaxError)
  })

  test('takes linear time: this would run for hours', () => {
    const text = `${'a'.repeat(200_000)}!`
    for (const pattern of ['[a-z]+$', '(a+)+$', '[a-z]+x', '(.*)x', '^/?[a-z]+x'])
      assert.equal(compileSearch(pattern).first(text), null)
  })
})
