import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawChart } from './chart.ts'
import type { Results } from './results.ts'

export const resultsFolder = join(import.meta.dirname, '../results')

/** Writes NAME.json and NAME.svg; what is not complete yet, NAME.json.tmp. */
export async function writeResults(name: string, results: Results, complete: boolean): Promise<void> {
  const json = join(resultsFolder, `${name}.json`)
  const partial = `${json}.tmp`
  await mkdir(resultsFolder, { recursive: true })
  await writeFile(partial, `${JSON.stringify(results, null, 2)}\n`)
  if (!complete) return
  await rename(partial, json)
  const chart = join(resultsFolder, `${name}.svg`)
  if (results.rows.length + results.peers.length > 0) await writeFile(chart, drawChart(results))
  else await rm(chart, { force: true })
}

/** What was written under a name; null if nothing was. */
export async function readResults(name: string): Promise<Results | null> {
  try {
    return JSON.parse(await readFile(join(resultsFolder, `${name}.json`), 'utf8')) as Results
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null
    throw error
  }
}
