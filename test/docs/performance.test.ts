import assert from 'node:assert/strict'
import { test } from 'node:test'
import { performanceReference } from '../../scripts/docs-performance.ts'
import { readText } from '../guards/source-files.ts'

test('docs/performance.md has the figures of bench/results/bench.json', async () => {
  assert.equal(readText('docs/performance.md'), await performanceReference(), 'run: node scripts/docs-performance.ts')
})
