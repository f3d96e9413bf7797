import type { HeaderCount } from '../load/requests.ts'
import type { Machine } from '../machine.ts'
import type { Pair, Run } from '../measure.ts'
import type { Limits } from '../scenarios/scenario.ts'
import type { Settings } from '../settings.ts'
import { median, type Summary, summarise } from './statistics.ts'

/** What `npm run bench` writes to bench/results/bench.json. */
export interface Results {
  readonly date: string
  readonly machine: Machine
  readonly settings: Settings
  /** Proxies measured alone. */
  readonly controls: readonly ControlRow[]
  readonly rows: readonly Row[]
  /** Other proxies against the plain proxy. */
  readonly peers: readonly Row[]
  readonly figures: readonly Figure[]
  /** What could not be measured, and why. */
  readonly failures: readonly Failure[]
}

/** What one measurement found. */
export type Findings = Partial<Pick<Results, 'controls' | 'rows' | 'peers' | 'figures' | 'failures'>>

export interface ControlRow {
  readonly name: string
  readonly headers: HeaderCount
  readonly middle: Run
  readonly runs: readonly Run[]
}

/** A scenario against its control. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly headers: HeaderCount
  /** What it was compared with. */
  readonly against: string
  /** Ratios to the control, pair by pair: of the request rate, and of the CPU time for each request, if it is known. */
  readonly rate: Summary
  readonly cpu: Summary | null
  readonly limits: Limits
  /** Each figure's median over the runs. */
  readonly control: Run
  readonly candidate: Run
  readonly pairs: readonly Pair[]
  /** What a reader has to know besides. */
  readonly note?: string
}

/** Anything that is not a rate of requests. Less is better. */
export interface Figure {
  readonly name: string
  readonly title: string
  readonly unit: 'ms' | 's' | 'MB' | 'µs'
  readonly value: Summary
  /** What it was compared with, and that one's figure. */
  readonly against?: { readonly title: string; readonly value: Summary }
  /** The ratio to it. */
  readonly ratio?: Summary
  /** Whether its ratio differs from run to run by more than a check could allow. */
  readonly wavers?: boolean
  /** The most it may be, in its unit, and how that is reckoned. */
  readonly limit?: { readonly atMost: number; readonly rule: string }
}

export interface Failure {
  readonly name: string
  readonly message: string
  /** Whether something was missing that nobody has to have: another proxy. */
  readonly harmless?: boolean
}

export function makeControlRow(name: string, headers: HeaderCount, runs: readonly Run[]): ControlRow {
  return { name, headers, middle: middleOf(runs), runs }
}

export function makeRow(about: Pick<Row, 'name' | 'title' | 'headers' | 'against' | 'limits'>, pairs: readonly Pair[]): Row {
  const cpu = pairs.flatMap(({ candidate, control }) => (candidate.cpu && control.cpu ? [candidate.cpu / control.cpu] : []))
  return {
    ...about,
    rate: summarise(pairs.map(({ candidate, control }) => candidate.rate / control.rate)),
    cpu: cpu.length === pairs.length ? summarise(cpu) : null,
    control: middleOf(pairs.map(({ control }) => control)),
    candidate: middleOf(pairs.map(({ candidate }) => candidate)),
    pairs,
  }
}

/** A figure beside another one that was measured in turns with it. */
export function compareFigures(
  about: Pick<Figure, 'name' | 'title' | 'unit'>,
  values: readonly number[],
  against: { readonly title: string; readonly values: readonly number[] },
): Figure & { readonly ratio: Summary; readonly against: NonNullable<Figure['against']> } {
  return {
    ...about,
    value: summarise(values),
    against: { title: against.title, value: summarise(against.values) },
    ratio: summarise(values.map((value, i) => value / (against.values[i] ?? Number.NaN))),
  }
}

export function mergeFindings(all: readonly Findings[]): Required<Findings> {
  return {
    controls: all.flatMap(({ controls = [] }) => controls),
    rows: all.flatMap(({ rows = [] }) => rows),
    peers: all.flatMap(({ peers = [] }) => peers),
    figures: all.flatMap(({ figures = [] }) => figures),
    failures: all.flatMap(({ failures = [] }) => failures),
  }
}

function middleOf(runs: readonly Run[]): Run {
  const middle = (key: keyof Run) => median(runs.map((run) => run[key] ?? Number.NaN))
  const known = (key: 'cpu' | 'memory') => (runs.some((run) => run[key] === null) ? null : middle(key))
  return {
    rate: middle('rate'),
    cpu: known('cpu'),
    busy: middle('busy'),
    p50: middle('p50'),
    p99: middle('p99'),
    p999: middle('p999'),
    memory: known('memory'),
    disturbance: middle('disturbance'),
  }
}
