/** Writes sessions into the SQLite store in the file that is named, eight at a time, and names each on stdout that was acknowledged, until it is killed. */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

const [file = '', round = ''] = process.argv.slice(2)
const { sessions } = await openSqliteStore({ file, cacheBytes: 0, onTrouble: () => {} })

let written = 0
async function writeOn(): Promise<void> {
  for (;;) {
    const key = `${round}-${++written}`
    await sessions.set(key, { alias: key, meta_data: { filler: 'x'.repeat(written % 2000) } })
    if (written % 10 === 0) {
      const brief = `${key}-brief`
      await sessions.set(brief, {})
      await sessions.delete(brief)
      say(`deleted ${brief}`)
    }
    say(`set ${key}`)
  }
}
/** The pipe may be full for a moment: its reader has other things to do, too. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

await Promise.all(Array.from({ length: 8 }, writeOn))
