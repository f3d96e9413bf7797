import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cookieValue, withoutCookie } from '../../src/request/credentials/cookie.ts'
import { withoutBearer } from '../../src/request/credentials/places.ts'
import { queryValue, withoutParameter } from '../../src/request/credentials/query.ts'

test('the value of a query parameter', () => {
  const rows: [query: string, value: string][] = [
    ['', ''],
    ['?', ''],
    ['?key', ''],
    ['?key=', ''],
    ['?key=a', 'a'],
    ['?key=a=b', 'a=b'],
    ['?key=&key=a', 'a'],
    ['?key=a&key=b', 'a'],
    ['?Key=a', ''],
    ['?xkey=a&keyx=b', ''],
    ['?a=key=b', ''],
    ['?&&key=a&', 'a'],
    ['?k%65y=%61', 'a'],
    ['?key=a+b%2Bc', 'a b+c'],
    ['?key=%', '%'],
    ['?key=%ff', '%ff'],
    ['?%=x&key=a', 'a'],
    ['?a;key=b', ''],
    ['?key=a;b', 'a;b'],
    ['??key=a', ''],
  ]
  for (const [query, value] of rows) assert.equal(queryValue(query, 'key'), value, query)
  assert.equal(queryValue('?the+key=a', 'the key'), 'a')
})

test('a query without a parameter', () => {
  const rows: [query: string, rest: string][] = [
    ['', ''],
    ['?', '?'],
    ['?a', '?a'],
    ['?key', ''],
    ['?key=a', ''],
    ['?key=a&', '?'],
    ['?&key=a', '?'],
    ['?a&key=b&c', '?a&c'],
    ['?key=a&b=%7e&key=c&&d=+', '?b=%7e&&d=+'],
    ['?k%65y=a&KEY=b', '?KEY=b'],
    ['?a=key=b', '?a=key=b'],
  ]
  for (const [query, rest] of rows) assert.equal(withoutParameter(query, 'key'), rest, query)
})

test('the value of a cookie, and the line without it', () => {
  const rows: [line: string, value: string, rest: string][] = [
    ['', '', ''],
    ['key', '', 'key'],
    ['key=', '', ''],
    ['key=a', 'a', ''],
    ['key = a ', 'a', ''],
    ['key="a b"', 'a b', ''],
    ['key="', '"', ''],
    ['Key=a; xkey=b; keyx=c', '', 'Key=a; xkey=b; keyx=c'],
    ['a=key=b; key=c', 'c', 'a=key=b'],
    ['key=a; b=c', 'a', 'b=c'],
    ['b=c; key=a;d=e', 'a', 'b=c;d=e'],
    ['b=c;  key=a  ;  d', 'a', 'b=c;  d'],
    ['key=a; key=b', 'a', ''],
    [';key=a;', 'a', ';'],
  ]
  for (const [line, value, rest] of rows) {
    assert.equal(cookieValue(line, 'key'), value, line)
    assert.equal(withoutCookie(line, 'key'), rest, line)
  }
})

test('what is taken out cannot be found afterwards, and nothing else is touched', () => {
  const part = fc.stringMatching(/^(key|k%65y|Key|a|)(=|)[a-c%+; ]{0,3}$/)
  const text = (separator: string) => fc.array(part, { maxLength: 6 }).map((parts) => parts.join(separator))
  fc.assert(
    fc.property(text('&'), (inner) => {
      const rest = withoutParameter(`?${inner}`, 'key')
      assert.equal(queryValue(rest, 'key'), '')
      const others = (query: string) =>
        query
          .slice(1)
          .split('&')
          .filter((one) => !/^k(e|%65)y(=|$)/.test(one))
      assert.deepEqual(others(rest), rest === '' ? [''] : others(`?${inner}`))
    }),
  )
  fc.assert(
    fc.property(text('; '), (line) => {
      assert.equal(cookieValue(withoutCookie(line, 'key'), 'key'), '')
    }),
  )
})

test('a scheme before a key', () => {
  const rows: [credential: string, key: string][] = [
    ['', ''],
    ['abc', 'abc'],
    [' abc ', 'abc'],
    ['Bearer abc', 'abc'],
    ['bEARER  abc ', 'abc'],
    ['Bearer', ''],
    ['Bearer ', ''],
    ['Bearerabc', 'Bearerabc'],
    ['Bearer Bearer abc', 'Bearer abc'],
    ['Basic abc', 'Basic abc'],
  ]
  for (const [credential, key] of rows) assert.equal(withoutBearer(credential), key, credential)
})
