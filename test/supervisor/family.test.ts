import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Family } from '../../src/supervisor/family.ts'

/** Families that reach one another as the supervisor has it; what is sent to one that is deaf is lost. */
function join(count: number, deaf: ReadonlySet<number> = new Set()): Family[] {
  const families = Array.from({ length: count }, (_, i) => {
    const from = i + 1
    return new Family((to, content) => {
      const message = JSON.parse(JSON.stringify(content))
      for (const [j, family] of families.entries()) {
        const number = j + 1
        if (number !== from && (to === 0 || to === number) && !deaf.has(number)) queueMicrotask(() => family.hear(from, message))
      }
    })
  })
  const members = families.map((_, i) => ({ worker: i + 1, pid: 100 + i }))
  for (const [i, family] of families.entries()) {
    family.join({ worker: i + 1, workers: count })
    family.setMembers(members)
  }
  return families
}

test('all of them are asked, the one that asks included, and answer in the order of their numbers', async () => {
  const families = join(3)
  for (const family of families) family.respond('double', async (question) => [family.worker, Number(question) * 2])
  assert.deepEqual(await families[1]?.ask('double', 4), [
    { worker: 1, answer: [1, 8] },
    { worker: 2, answer: [2, 8] },
    { worker: 3, answer: [3, 8] },
  ])
})

test('one that fails, or has ended, is not waited for; one that is silent only for the time that is given', async () => {
  const families = join(4, new Set([3, 4]))
  const [first, second] = families
  assert.ok(first && second)
  first.respond('state', () => 'well')
  second.respond('state', () => {
    throw new Error('failed, as ordered')
  })
  const began = performance.now()
  const asked = first.ask('state', null, 60_000)
  // The third and the fourth hear nothing, and end.
  first.setMembers(first.members.slice(0, 2))
  assert.deepEqual(await asked, [{ worker: 1, answer: 'well' }])
  assert.ok(performance.now() - began < 30_000)
  const [one, silent] = join(2, new Set([2]))
  one?.respond('state', () => 'well')
  silent?.respond('state', () => 'never asked')
  assert.deepEqual(await one?.ask('state', null, 20), [{ worker: 1, answer: 'well' }])
})

test('one that is starting answers once it can', async () => {
  const [one, two] = join(2)
  const asked = one?.ask('state', null, 60_000)
  queueMicrotask(() => setImmediate(() => two?.respond('state', () => 'started')))
  assert.deepEqual(await asked, [{ worker: 2, answer: 'started' }])
})
