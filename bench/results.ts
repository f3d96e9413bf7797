import type { Machine } from './machine.ts'
import type { Pair, Run } from './measure.ts'
import type { HeaderCount } from './requests.ts'
import type { Settings } from './settings.ts'
import { median, type Summary, summarise } from './statistics.ts'

/** What `npm run bench` writes to bench/results/bench.json. */
export interface Results {
  readonly date: string
  readonly machine: Machine
  readonly settings: Settings
  /** Proxies measured alone: the upstream without a proxy, and nginx. */
  readonly controls: readonly ControlRow[]
  readonly rows: readonly Row[]
}

export interface ControlRow {
  readonly name: string
  readonly headers: HeaderCount
  readonly middle: Run
  readonly runs: readonly Run[]
}

/** A scenario against the plain proxy. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly headers: HeaderCount
  /** Ratios to the plain proxy, pair by pair: of the request rate, and of the CPU time for each request. */
  readonly rate: Summary
  readonly cpu: Summary
  /** Each figure's median over the runs. */
  readonly control: Run
  readonly candidate: Run
  readonly pairs: readonly Pair[]
}

export function makeControlRow(name: string, headers: HeaderCount, runs: readonly Run[]): ControlRow {
  return { name, headers, middle: middleOf(runs), runs }
}

export function makeRow(name: string, title: string, headers: HeaderCount, pairs: readonly Pair[]): Row {
  return {
    name,
    title,
    headers,
    rate: summarise(pairs.map(({ candidate, control }) => candidate.rate / control.rate)),
    cpu: summarise(pairs.map(({ candidate, control }) => candidate.cpu / control.cpu)),
    control: middleOf(pairs.map(({ control }) => control)),
    candidate: middleOf(pairs.map(({ candidate }) => candidate)),
    pairs,
  }
}

function middleOf(runs: readonly Run[]): Run {
  const middle = (key: keyof Run) => median(runs.map((run) => run[key]))
  return {
    rate: middle('rate'),
    cpu: middle('cpu'),
    p50: middle('p50'),
    p99: middle('p99'),
    p999: middle('p999'),
    memory: middle('memory'),
    disturbance: middle('disturbance'),
  }
}
