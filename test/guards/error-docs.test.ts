import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorReference } from '../../scripts/docs-errors.ts'
import { catalogue } from '../../src/errors.ts'
import { readText } from './source-files.ts'

const documented = readText('docs/errors.md')

test('docs/errors.md describes every error of the catalogue, and no other', () => {
  const codes = [...documented.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
  assert.deepEqual(codes, Object.keys(catalogue))
})

test('docs/errors.md is what the catalogue says today', () => {
  assert.equal(documented, errorReference(), 'run: node scripts/docs-errors.ts')
})
