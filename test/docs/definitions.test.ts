import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { fieldReference } from '../../scripts/docs-fields.ts'
import { supportedFields } from '../../src/control/definition/schema.ts'
import { readText } from '../guards/source-files.ts'

test('docs/definitions.md describes every supported field, or a page of its feature does', () => {
  const pages = globSync('docs/*.md')
    .filter((page) => page !== 'docs/fields.md')
    .map(readText)
  const described = namesIn(pages.join('\n'))
  const { extendedPaths, ...objects } = supportedFields
  const names = [...Object.values(objects).flat(), ...[...extendedPaths].flatMap(([section, entry]) => [section, ...entry])]
  assert.deepEqual(
    names.filter((name) => !described.has(name)),
    [],
  )
})

test('docs/fields.md says what the schemas say', () => {
  assert.equal(readText('docs/fields.md'), fieldReference(), 'run: node scripts/docs-fields.ts')
})

/** The names in code that stand in a part of the document. */
function namesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/`([\w]+)`/g)].map(([, name = '']) => name))
}
