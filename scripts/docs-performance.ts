/** Writes the tables of docs/performance.md from bench/results/bench.json: `node scripts/docs-performance.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { costTables } from '../bench/report/cost-tables.ts'
import { readResults } from '../bench/report/result-files.ts'

const begin = '<!-- Written by node scripts/docs-performance.ts: begin -->\n'
const end = '<!-- Written by node scripts/docs-performance.ts: end -->'
const file = join(import.meta.dirname, '../docs/performance.md')

/** The text of docs/performance.md with the tables of the results that are there. */
export async function performanceReference(): Promise<string> {
  const text = readFileSync(file, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from)
    throw new Error(`Write docs/performance.md failed: it has lost the lines between which the tables go`)
  return text.slice(0, from + begin.length) + costTables(await readResults('bench')) + text.slice(to)
}

if (import.meta.main) writeFileSync(file, await performanceReference())
