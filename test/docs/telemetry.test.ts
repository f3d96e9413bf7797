import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, type ErrorCode } from '../../src/errors.ts'
import { fieldNames } from '../../src/telemetry/access-log/field-names.ts'
import { verdictOn } from '../../src/telemetry/access-log/response-flags.ts'
import { families } from '../../src/telemetry/metrics/families.ts'
import { readText } from '../guards/source-files.ts'

/** What stands in code in the first cells of a document's tables. */
function firstCells(document: string): Set<string> {
  const cells = readText(document).matchAll(/^\| (`[^|]*) \|/gm)
  return new Set([...cells].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)))
}

test('docs/metrics.md has every metric, and no other', () => {
  assert.deepEqual([...firstCells('docs/metrics.md')].sort(), Object.keys(families).sort())
})

test('docs/logs.md has every field of the access log, and every flag that an error has', () => {
  const cells = firstCells('docs/logs.md')
  assert.deepEqual(
    fieldNames.filter((name) => !cells.has(name)),
    [],
  )
  const flags = (Object.keys(catalogue) as ErrorCode[]).map((code) => verdictOn(code, 500, undefined).flag)
  assert.deepEqual(
    [...new Set(flags)].filter((flag) => flag !== '' && !cells.has(flag)),
    [],
  )
})
