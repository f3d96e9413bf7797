import { openContenders } from './contenders.ts'
import { type HeaderCount, headerCounts } from './load/requests.ts'
import { measurePairs, type Pair } from './measure.ts'
import { type Measurement, progress } from './measurement.ts'
import { makeRow } from './report/results.ts'
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
      const rounds = roundsOf(scenario, settings)
      const pairs = rounds.reduce((sum, each) => sum + each, 0)
      const perCount = 2 * pairs * (settings.seconds + SECONDS_BETWEEN) + 2 * rounds.length * settings.warmUp
      return headers.length * perCount + rounds.length * SECONDS_TO_START
    },
    async run({ lab, upstream }) {
      const measured = new Map<HeaderCount, Pair[]>(headers.map((count) => [count, []]))
      let against = ''
      let note: string | undefined
      const rounds = roundsOf(scenario, lab.settings)
      for (const [round, pairs] of rounds.entries()) {
        const { control, candidate, load } = await openContenders(lab, upstream, scenario)
        against = control.name
        let requests = 0
        for (const count of headers) {
          progress(
            `${count} header${count === 1 ? '' : 's'}${rounds.length > 1 ? `, process ${round + 1} of ${rounds.length}` : ''}`,
          )
          const latest = await measurePairs(lab, { control, candidate, load: load(count), pairs })
          measured.get(count)?.push(...latest)
          requests += requestsOf(latest, lab.settings)
        }
        note = (await scenario.gateway.verifyAfter?.(candidate, requests)) ?? note
        await lab.stop(control.child)
        await lab.stop(candidate.child)
      }
      const rows = headers.map((count) => makeRow({ name, title, headers: count, against, limits }, measured.get(count) ?? []))
      return { rows: note ? rows.map((row) => ({ ...row, note })) : rows }
    },
  }
}

/** How many pairs each of the processes is measured in. */
function roundsOf({ limits }: Scenario, settings: Settings): number[] {
  if (!limits) return [fewer(settings)]
  const { pairs } = settings
  const processes = Math.min(settings.processes, pairs)
  return Array.from({ length: processes }, (_, i) => Math.floor(pairs / processes) + Number(i < pairs % processes))
}

/** Those of the runs that count; there were more. */
function requestsOf(pairs: readonly Pair[], { seconds }: Settings): number {
  return Math.floor(pairs.reduce((sum, { candidate }) => sum + candidate.rate, 0) * seconds)
}
