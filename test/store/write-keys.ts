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
      writeSync(1, `deleted ${brief}\n`)
    }
    writeSync(1, `set ${key}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, writeOn))
