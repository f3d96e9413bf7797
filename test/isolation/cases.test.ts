/** The cases once more, with every plugin in a worker: what they expect is the contract, wherever a plugin runs. */
import { globSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { readCase } from '../harness/case-file.ts'
import { openCase } from '../harness/case-stage.ts'
import { runStep } from '../harness/case-step.ts'
import { isolated } from './isolated.ts'

const root = join(import.meta.dirname, '../..')

/** Cases that say something else of a worker, and why. */
const others: Readonly<Record<string, string>> = {}

describe('cases in workers', () => {
  for (const file of globSync('test/cases/*/case.json', { cwd: root }).sort()) {
    const folder = dirname(file)
    const { title, steps } = readCase(join(root, file))
    test(`${folder}: ${title}`, { skip: others[basename(folder)] ?? false }, async (t) => {
      await using stage = await openCase(join(root, folder), isolated)
      for (const [number, step] of steps.entries()) {
        await t.test(step.title ?? `step ${number + 1}`, () => runStep(step, stage))
      }
    })
  }
})
