import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differencesReference } from '../../scripts/docs-differences.ts'
import { readText } from './source-files.ts'

test('docs/differences.md is the list that the differential test goes by', () => {
  assert.equal(readText('docs/differences.md'), differencesReference(), 'run: node scripts/docs-differences.ts')
})
