import { openContenders } from './contenders.ts'
import { headerCounts } from './load/requests.ts'
import { measurePairs } from './measure.ts'
import { type Measurement, progress } from './measurement.ts'
import { makeRow, type Row } from './report/results.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { fewer, type Settings } from './settings.ts'

/** wrk's start and end, for each run. */
const SECONDS_BETWEEN = 0.2
const SECONDS_TO_START = 4

/** A scenario as something to measure: a row for each number of headers. */
export function measurementOf(scenario: Scenario): Measurement {
  const { name, title, headers = headerCounts, limits = {} } = scenario
  return {
    name,
    title,
    seconds(settings) {
      const runs = 2 * pairsOf(scenario, settings) * (settings.seconds + SECONDS_BETWEEN)
      return headers.length * (runs + 2 * settings.warmUp) + SECONDS_TO_START
    },
    async run({ lab, upstream }) {
      const { control, candidate, load } = await openContenders(lab, upstream, scenario)
      const pairs = pairsOf(scenario, lab.settings)
      const rows: Row[] = []
      for (const count of headers) {
        progress(`${count} header${count === 1 ? '' : 's'}`)
        const measured = await measurePairs(lab, { control, candidate, load: load(count), pairs })
        rows.push(makeRow({ name, title, headers: count, against: control.name, limits }, measured))
      }
      const note = await scenario.gateway.verifyAfter?.(candidate, requestsOf(rows, lab.settings))
      return { rows: note ? rows.map((row) => ({ ...row, note })) : rows }
    },
  }
}

function pairsOf({ limits }: Scenario, settings: Settings): number {
  return limits ? settings.pairs : fewer(settings)
}

/** Those of the runs that count; there were more. */
function requestsOf(rows: readonly Row[], { seconds }: Settings): number {
  const rates = rows.flatMap(({ pairs }) => pairs.map(({ candidate }) => candidate.rate))
  return Math.floor(rates.reduce((sum, rate) => sum + rate, 0) * seconds)
}
