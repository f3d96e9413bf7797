import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../../src/errors.ts'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { type Destination, type DestinationPlan, destinationOf } from '../../src/request/steps/url-rewrite/destination.ts'
import type { Part } from '../../src/request/values/parts.ts'

const literal = (text: string): Part => ({ kind: 'literal', text })
const value = (text: string): Part => ({ kind: 'variable', read: () => text })
const group: Part = { kind: 'group', index: 1 }

function resolve(plan: Partial<DestinationPlan>, groups: readonly string[] = []): Destination | null {
  const whole = { scheme: null, authority: [], rest: [], controls: { method: null, checkLimits: false, limit: null }, ...plan }
  const found = destinationOf(whole, {} as Exchange, groups)
  return isFailure(found) ? null : found
}

/** What clients may have sent: bytes, and texts that mean something in URLs. */
const bytes = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '?',
      '#',
      '&',
      '=',
      '%',
      '@',
      ':',
      '%2e',
      '%2f',
      '//',
      'http://',
      '\r\n',
      ' ',
      '\0',
      ';',
    ),
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  ),
})

test('no value steps out of the segment or the parameter that it stands in', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const rest = [literal('/v/'), value(first), literal('/end?q='), value(second)]
      const found = resolve({ rest })
      if (!found) return
      assert.ok(found.kind === 'target')
      assert.match(found.to.path, /^\/v\/[\w.~%-]*\/end$/)
      assert.doesNotMatch(found.to.path, /\/(?:\.|%2e){1,2}\//i)
      assert.match(found.to.query, /^\?q=[\w.~%-]*$/)
      assert.equal(Buffer.from(decodeURIComponent(encodeBack(found.to.query.slice(3))), 'latin1').toString('latin1'), second)
    }),
    { numRuns: 2000 },
  )
})

/** Percent-encoded bytes as the percent-encoding of their Latin-1 text. */
function encodeBack(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, octet) => encodeURIComponent(String.fromCharCode(Number.parseInt(octet, 16))))
}

test('no value makes another domain of the host than the definition has', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      for (const part of [value(sent), group]) {
        const found = resolve(
          { scheme: 'https', authority: [literal('api.'), part, literal('.example')], rest: [literal('/x')] },
          ['', sent],
        )
        if (!found) continue
        assert.ok(found.kind === 'host')
        const { hostname } = new URL(found.origin)
        // A group may begin the path instead.
        if (part === group && /^[/?]/.test(sent)) assert.equal(hostname, 'api.')
        else assert.match(hostname, /^api\.[a-z0-9.-]+\.example$/)
      }
    }),
    { numRuns: 2000 },
  )
})

test('no value that a rewrite begins with becomes a URL with a user', () => {
  fc.assert(
    fc.property(bytes, (sent) => {
      const found = resolve({ rest: [value(`http://${sent}`), literal('/x')] })
      if (!found) return
      assert.ok(found.kind === 'host')
      assert.equal(new URL(found.origin).origin, found.origin)
      assert.match(found.to.path + found.to.query, /^\/[!-~]*$/)
    }),
    { numRuns: 2000 },
  )
})

test('a group goes in as it is, but for what cannot be sent', () => {
  const found = resolve({ rest: [literal('/p'), group] }, ['', '/a%2Fb//c;d?x=y&z#f\xe9'])
  assert.deepEqual(found, { kind: 'target', to: { path: '/p/a%2Fb//c;d', query: '?x=y&z%23f%E9' } })
})
