import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

/** POSTERN_KILLS=100 kills more often than a test on every commit has time for. */
const kills = Number(process.env.POSTERN_KILLS ?? 20)

const program = join(import.meta.dirname, 'write-keys.ts')

test(`of keys whose writing is killed ${kills} times, every acknowledged one is there, and no deleted one`, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-kill-'))
  const file = join(folder.path, 'store.db')
  const there = new Set<string>()
  const gone = new Set<string>()
  for (let round = 1; round <= kills; round++) {
    await writeUntilKilled([file, String(round)], 1 + Math.floor(Math.random() * 300), (line) => {
      const [verb, key = ''] = line.split(' ')
      ;(verb === 'set' ? there : gone).add(key)
    })
    const store = await openSqliteStore({ file, cacheBytes: 0, onTrouble: assert.ifError })
    const found = new Set(await store.sessions.keys())
    assert.deepEqual([...there.difference(found)], [], `acknowledged, and not there after kill ${round}`)
    assert.deepEqual([...gone.intersection(found)], [], `deleted, and there after kill ${round}`)
    const [some = ''] = there
    assert.equal((await store.sessions.get(some))?.alias, some)
    await store.close()
  }
  assert.ok(there.size >= kills)
})

/** @param enough lines after which the process is killed */
async function writeUntilKilled(args: readonly string[], enough: number, onLine: (line: string) => void): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let lines = 0
  for await (const line of createInterface(child.stdout)) {
    onLine(line)
    if (++lines === enough) child.kill('SIGKILL')
  }
  const [code, signal] = await exited
  assert.equal(signal, 'SIGKILL', `it ended by itself with ${code}`)
}
