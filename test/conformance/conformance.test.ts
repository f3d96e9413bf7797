/** Holds the table of conformance to the cases that it names; the cases are run by test/cases.test.ts, the tests by themselves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conformanceReference } from '../../scripts/docs-conformance.ts'
import { readText } from '../guards/source-files.ts'
import { chosenDifferences } from './differences.ts'
import { expectsAnswer, findEvidence } from './evidence.ts'
import { sections } from './rows.ts'

const rows = sections.flatMap(({ number, rows }) => rows.map((row) => ({ ...row, name: `§${number} ${row.what}` })))

describe('a row of the table of conformance', () => {
  test('names cases, steps and tests that there are', () => {
    const lost = rows.flatMap(({ name, shown }) => shown.filter((each) => !findEvidence(each)).map((each) => `${name}: ${each}`))
    assert.deepEqual(lost, [])
  })

  test('is shown by something, unless it is about what is not there', () => {
    const unshown = rows.filter(({ shown, verdict }) => shown.length === 0 && verdict.kind !== 'not there')
    assert.deepEqual(
      unshown.map(({ name }) => name),
      [],
    )
  })

  test('that has an error as its answer is shown by a step that expects status, type and body, to the byte', () => {
    const vague = rows.filter(({ answer, shown }) => answer !== null && !shown.some((each) => expectsAll(each, answer)))
    assert.deepEqual(
      vague.map(({ name }) => name),
      [],
    )
  })

  test('is the only one in its section about a thing', () => {
    for (const { number, rows } of sections) {
      const names = rows.map(({ what, verdict }) => what + verdict.kind)
      assert.equal(new Set(names).size, names.length, `§${number}`)
    }
  })
})

function expectsAll(evidence: string, answer: { status: number; message: string }): boolean {
  const found = findEvidence(evidence)
  return found?.kind === 'step' && expectsAnswer(found.step, answer)
}

test('every difference that is listed is one that a row shows', () => {
  const shown = new Set(rows.flatMap(({ verdict }) => (verdict.kind === 'differs' ? [verdict.difference] : [])))
  assert.deepEqual([...shown].sort(), Object.keys(chosenDifferences).sort())
})

test('docs/differences.md has every difference of the table', () => {
  const page = readText('docs/differences.md')
  for (const { there, here, why } of Object.values(chosenDifferences)) assert.ok(page.includes(`| ${there} | ${here} | ${why} |`))
})

test('docs/conformance.md is the table', () => {
  assert.equal(readText('docs/conformance.md'), conformanceReference(), 'run: node scripts/docs-conformance.ts')
})
