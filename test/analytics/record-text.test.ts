import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Session } from '../../src/plugin/contract/session.ts'
import type { Note } from '../../src/telemetry/analytics/note.ts'
import { type RecordOptions, recordOf } from '../../src/telemetry/analytics/record-of.ts'
import { recordText } from '../../src/telemetry/analytics/record-text.ts'

const options: RecordOptions = {
  keyOf: (token) => `…${token.slice(-4)}`,
  pathOf: (path) => path.replaceAll(/\d+/g, '{id}'),
  withCredentials: false,
}

/** Texts of which a few come again, as those of requests do. */
const text = fc.oneof(
  fc.constantFrom('', 'GET', '/a/1', 'curl/8.0', 'say "no"\\', 'täg', '\u2028\u0000'),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const ms = fc.oneof(
  fc.double({ min: 0, max: 10_000, noNaN: true }),
  fc.constantFrom(0, -0, 0.0004, 0.1, 1, 0.9996, -3.25, 2 ** 40, 1e20),
)
const place = fc.record({ name: text, phase: fc.constantFrom('pre' as const, 'response' as const) })
const failures = fc.array(fc.record({ plugin: place, code: fc.constant('plugin_failed' as const), skipped: fc.boolean() }))
/** Plugins may put anything into sessions. */
const session = fc.record(
  {
    alias: fc.oneof(text, fc.constantFrom(7, null, undefined, Number.NaN)),
    oauth_client_id: text,
    tags: fc.array(fc.oneof(text, fc.constant(5))),
    data_expires: fc.constantFrom(0, 60, 1e15),
  },
  { requiredKeys: [] },
)

function noteArbitrary(api: object, recording: object): fc.Arbitrary<Note> {
  return fc.record({
    api: fc.constant(api),
    recording: fc.constant(recording),
    session: fc.option(session as fc.Arbitrary<Session>, { nil: undefined }),
    token: text,
    method: text,
    host: text,
    path: text,
    endpoint: fc.option(text),
    contentLength: fc.constantFrom(-1, 0, 17, 2 ** 45),
    userAgent: text,
    traceId: fc.constantFrom('', '', '0af7651916cd43dd8448eb211c80319c'),
    version: text,
    address: fc.constantFrom('127.0.0.1', '2001:db8::1'),
    status: fc.integer({ min: 100, max: 599 }),
    receivedAt: fc.double({ min: 0, max: 4e12, noNaN: true }),
    totalMs: ms,
    upstreamMs: ms,
    fromCache: fc.boolean(),
    errorCode: fc.constantFrom('', 'rate_limited'),
    answeredBy: fc.option(place),
    failures: fc.option(failures),
    tagHeaders: fc.constantFrom(null, null, ['x-a', 'va"l']),
    detail: fc.constant(null),
  }) as fc.Arbitrary<Note>
}

const notes = fc
  .record({
    api: fc.record({ name: text, id: text, orgId: text, listenPath: text }),
    recording: fc.record({
      versioned: fc.boolean(),
      tags: fc.array(text, { maxLength: 2 }),
      ownTags: fc.array(text, { maxLength: 2 }),
      expireAfter: fc.constantFrom(0, 0, 3600),
      secrets: fc.constant({ headers: new Set(), params: new Set() }),
    }),
  })
  .chain(({ api, recording }) => fc.array(noteArbitrary(api, recording), { minLength: 1, maxLength: 4 }))

test('a record is written at once as what its object would be', () => {
  const property = fc.property(notes, (several) => {
    for (const note of several) assert.equal(recordText(note, options), JSON.stringify(recordOf(note, options)))
  })
  fc.assert(property, { numRuns: 1000 })
})
