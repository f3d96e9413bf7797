import assert from 'node:assert/strict'
import { test } from 'node:test'
import { supportedFields } from '../../src/control/definition/schema.ts'
import { type UnsupportedField, unsupportedFields } from '../../src/control/definition/unsupported-fields.ts'
import { readText } from '../guards/source-files.ts'

const [, fields = '', refused = '', ignored = ''] = readText('docs/definitions.md').split(/^## .*$/m)

test('docs/definitions.md describes every supported field', () => {
  const missing = Object.values(supportedFields)
    .flat()
    .filter((name) => !namesIn(fields).has(name))
  assert.deepEqual(missing, [])
})

test('docs/definitions.md lists the fields that are refused, and no supported one among them', () => {
  assert.deepEqual(difference(unsupported('protects'), namesIn(refused)), [])
})

test('docs/definitions.md lists the fields that are ignored', () => {
  assert.deepEqual(difference(unsupported('ignored'), namesIn(ignored)), [])
})

function unsupported(effect: UnsupportedField['effect']): Set<string> {
  const groups: readonly Readonly<Record<string, UnsupportedField>>[] = Object.values(unsupportedFields)
  const names = groups.flatMap((group) => Object.keys(group).filter((name) => group[name]?.effect === effect))
  return new Set(names)
}

/** The names in code that stand in a part of the document; objects named to say where a field is are not fields here. */
function namesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/`([\w]+)`/g)].map(([, name = '']) => name))
}

const places = new Set(['proxy', 'paths', 'extended_paths', 'custom_middleware', 'not_versioned', 'use_keyless', 'http'])

function difference(expected: Set<string>, found: Set<string>): string[] {
  return [...expected.symmetricDifference(found)].filter((name) => !places.has(name) || expected.has(name))
}
