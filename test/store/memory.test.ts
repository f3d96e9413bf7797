import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExpiringTexts } from '../../src/store/memory/expiring-texts.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { testStore } from './contract.ts'

testStore('the memory store', async () => {
  let now = 0
  const store = await openMemoryStore({ clock: () => now })
  const advance = async (seconds: number) => {
    now += seconds * 1000
  }
  return { store, advance }
})

test('sweeps of a few entries each, between writes, come round to every expired entry that nobody asks for', () => {
  let now = 0
  const texts = new ExpiringTexts(() => now)
  for (let i = 0; i < 25; i++) texts.set(`lasting ${i}`, 'x')
  for (let i = 0; i < 100; i++) texts.set(`brief ${i}`, 'x', 1)
  texts.sweep(10)
  now += 2000
  for (let i = 0; i < 25; i++) {
    texts.set('lasting 0', `written ${i}`)
    texts.sweep(10)
  }
  assert.equal(texts.size, 25)
})

test('an open memory store does not keep the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const store = await openMemoryStore()
  assert.equal(timers(), before)
  await store.close()
})
