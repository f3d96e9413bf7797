import type { Lab } from './lab.ts'
import { describeMachine } from './machine.ts'
import type { Measurement, Stand } from './measurement.ts'
import { openUpstream } from './nginx.ts'
import { writeResults } from './report/result-files.ts'
import { type Findings, mergeFindings, type Results } from './report/results.ts'
import { formatTable } from './report/table.ts'

/** Whoever fails may have written much; its first words say why. */
const LONGEST_MESSAGE = 500

/**
 * Measures one after the other, prints a table, and leaves bench/results/NAME.json and .svg. One that fails does not stop the
 * rest; what has been found is written after each, lest it is lost.
 */
export async function measure(lab: Lab, chosen: readonly Measurement[], name: string): Promise<Results> {
  const { settings } = lab
  const upstream = await openUpstream(lab)
  const machine = describeMachine()
  const seconds = chosen.map((one) => one.seconds(settings))
  const left = (done: number) => seconds.slice(done).reduce((sum, next) => sum + next, 0)
  const all: Findings[] = []
  const results = (): Results => ({ date: new Date().toISOString(), machine, settings, ...mergeFindings(all) })
  for (const [i, one] of chosen.entries()) {
    process.stderr.write(`${i + 1} of ${chosen.length}: ${one.title}; ${minutes(left(i))} left in all\n`)
    all.push(await findingsOf({ lab, upstream }, one))
    await lab.stopAllBut([upstream.child])
    await writeResults(name, results(), i + 1 === chosen.length)
  }
  console.log(`\n${formatTable(results())}`)
  return results()
}

async function findingsOf(stand: Stand, measurement: Measurement): Promise<Findings> {
  try {
    return await measurement.run(stand)
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_MESSAGE)
    process.stderr.write(`  ${message}\n`)
    return { failures: [{ name: measurement.name, message }] }
  }
}

function minutes(seconds: number): string {
  return seconds < 90 ? `about ${Math.ceil(seconds)} s` : `about ${Math.round(seconds / 60)} minutes`
}
