/** Every folder with a case.json, among the cases and the examples, is a test: see cases/README.md. */
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { readCase } from './harness/case-file.ts'
import { checkProblems, checkWarnings, openCase } from './harness/case-stage.ts'
import { runStep } from './harness/case-step.ts'

const root = join(import.meta.dirname, '..')

describe('cases', () => {
  for (const file of globSync(['test/cases/*/case.json', 'examples/*/case.json'], { cwd: root }).sort()) {
    const { title, problems, warnings, steps } = readCase(join(root, file))
    test(`${dirname(file)}: ${title}`, async (t) => {
      await using stage = await openCase(join(root, dirname(file)))
      checkProblems(stage, problems)
      checkWarnings(stage, warnings)
      for (const [number, step] of steps.entries()) {
        await t.test(step.title ?? `step ${number + 1}`, () => runStep(step, stage))
      }
    })
  }
})
