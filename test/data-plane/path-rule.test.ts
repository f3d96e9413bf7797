import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePathRule } from '../../src/request/rules/path-rule.ts'

const rules: { rule: string; matches: string[]; not: string[] }[] = [
  { rule: '/get', matches: ['/get', '/api/get', '/get/more', '/getter'], not: ['/Get', '/ge'] },
  { rule: '^/get$', matches: ['/get'], not: ['/api/get', '/get/'] },
  {
    rule: '/users/{id}/orders',
    matches: ['/users/7/orders', '/api/users/a%2Fb/orders/1'],
    not: ['/users//orders', '/users/7/8/orders'],
  },
  { rule: '/a/*/c', matches: ['/a/b/c'], not: ['/a/c', '/a/b/b/c'] },
  { rule: '/files/*', matches: ['/files/', '/files/a/b'], not: ['/files'] },
  { rule: '/v[0-9]{1,2}/items', matches: ['/v1/items', '/v12/items'], not: ['/v/items'] },
  { rule: '(?i)/health', matches: ['/HEALTH'], not: ['/heal'] },
  { rule: '/(?P<id>[a-z]+)$', matches: ['/abc'], not: ['/1'] },
  { rule: '/(v[0-9]+/)?items', matches: ['/items', '/v1/items'], not: ['/v1'] },
]

for (const { rule, matches, not } of rules) {
  test(`the path rule ${rule}`, () => {
    const { matches: match } = compilePathRule(rule)
    for (const path of matches) assert.equal(match(path), true, path)
    for (const path of not) assert.equal(match(path), false, path)
  })
}

test('what is no regular expression is refused', () => {
  for (const rule of ['/(a', '/[a', '*', '/a(?=b)']) {
    assert.throws(() => compilePathRule(rule), SyntaxError, rule)
  }
})

test('a pattern that a backtracking engine would take for ever over is matched at once', () => {
  for (const rule of ['/(a+)+$', '/((a|b)*c*)*$', '/(a|a)*$', '/(?:[a-z]+/?){2,}$']) {
    assert.equal(compilePathRule(rule).matches(`/${'a'.repeat(50_000)}!`), false, rule)
  }
})
