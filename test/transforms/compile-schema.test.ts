import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileSchema, type Validate } from '../../src/request/steps/validate-json/compile-schema.ts'

function compile(schema: Readonly<Record<string, unknown>>): Validate {
  const notes: string[] = []
  const note = (text: string) => void notes.push(text)
  const validate = compileSchema(schema, { problem: note, warning: note })
  assert.deepEqual(notes, [])
  assert.ok(validate)
  return validate
}

const small = 100
const large = 1_000_000

describe('what a client sends to make validation slow', () => {
  test('a list that is told to be unique is looked at once', () => {
    const validate = compile({ type: 'array', uniqueItems: true })
    const items = Array.from({ length: 100_000 }, (_, i) => ({ a: [i], b: { c: 'x' } }))
    assert.equal(validate(items, large), null)
    assert.equal(validate([...items, { b: { c: 'x' }, a: [7] }], large), '(root): must not have two equal items')
  })

  test('what differs in type alone is not equal', () => {
    const validate = compile({ uniqueItems: true })
    assert.equal(validate([1, '1', [1], '[1]', null, 'null', true, 'true', {}, '{}', 0], small), null)
    assert.notEqual(
      validate(
        [
          [1, { a: null }],
          [1, { a: null }],
        ],
        small,
      ),
      null,
    )
    assert.equal(compile({ uniqueItems: false })([1, 1], small), null)
  })

  test('a large body that is all wrong is told its first error only', () => {
    const validate = compile({ type: 'array', items: { type: 'string' } })
    const items = Array.from({ length: 100 }, () => 1)
    assert.equal(validate(items, large), '0: must be string')
    assert.match(String(validate(items, small)), /^0: must be string; 1: must be string; .*; and 80 more$/)
  })

  test('values that are nested deeper than the stack are refused', () => {
    const validate = compile({ type: 'array', items: { $ref: '#' } })
    const nested = JSON.parse('['.repeat(500_000) + ']'.repeat(500_000))
    assert.equal(validate(nested, large), '(root): is nested too deeply')
  })

  test('a text that has a format is short', () => {
    const validate = compile({ type: 'string', format: 'email' })
    assert.equal(validate('me@there.example', small), null)
    assert.equal(validate(`${'a'.repeat(1_000_000)}@x`, large), '(root): must match format "email"')
  })
})

test('an error names where it is, and what would have been right', () => {
  const validate = compile({
    type: 'object',
    properties: { 'a/b': { type: 'object', properties: { '~': { const: 1 } } }, list: { items: { maximum: 3 } } },
    maxProperties: 2,
  })
  assert.equal(validate({ 'a/b': { '~': 2 } }, small), 'a/b.~: must be equal to constant: 1')
  assert.equal(validate({ list: [1, 5] }, small), 'list.1: must be <= 3')
  assert.equal(validate({ a: 1, b: 2, c: 3 }, small), '(root): must NOT have more than 2 properties')
})

test('a property that a client calls __proto__ is one like any other', () => {
  const validate = compile({ additionalProperties: false, properties: { a: {} } })
  assert.equal(validate(JSON.parse('{"__proto__": 1}'), small), "(root): must NOT have additional properties ('__proto__')")
})
