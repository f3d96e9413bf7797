import type { Run } from '../measure.ts'
import type { ControlRow, Figure, Results, Row } from './results.ts'
import { formatRivalry, rivalries } from './rivals.ts'
import type { Summary } from './statistics.ts'
import { limitsOfRow, verdictOfFigure, verdictOfRow } from './verdict.ts'

/** Above this share of foreign work on the proxy's core the table says so. */
const disturbed = 0.03

const rateColumns = ['headers', 'proxy', 'req/s', 'ratio', '', 'CPU µs', 'ratio', '', 'p50 ms', 'p99 ms', 'RSS MB', 'limits', '']
const figureColumns = ['figure', 'unit', 'is', '', 'against', 'is', 'ratio', 'limit', '']

/** The results as text. */
export function formatTable(results: Results): string {
  const { controls, rows, peers, figures, failures, settings } = results
  const rates = [...controls.map(controlCells), ...[...rows, ...peers].flatMap(rowCells)]
  const note = `Ratios: medians of ${settings.pairs} pairs (fewer without a limit) of ${settings.seconds} s, with their quartiles.`
  return [
    ...(rates.length > 0 ? [align([rateColumns, ...rates], [1, 3, 4, 6, 7, 11, 12]), note, ''] : []),
    ...rows.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : [])),
    ...(figures.length > 0 ? [align([figureColumns, ...figures.map(figureCells)], [0, 1, 3, 4, 7, 8]), ''] : []),
    ...rivalries(results).map(formatRivalry),
    ...failures.map(({ name, message }) => `Not measured: ${name}. ${message}`),
    ...warnings(results),
  ].join('\n')
}

function align(cells: readonly (readonly string[])[], leftAligned: readonly number[]): string {
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, i) => (leftAligned.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

function controlCells({ name, headers, middle }: ControlRow): string[] {
  return runCells(name, headers, middle, ['', ''], ['', ''])
}

function rowCells(row: Row): string[][] {
  return [
    runCells(row.against, row.headers, row.control, ['1', ''], ['1', '']),
    [
      ...runCells(row.name, row.headers, row.candidate, ratioCells(row.rate), ratioCells(row.cpu)),
      limitsOfRow(row),
      verdictOfRow(row) ?? '',
    ],
  ]
}

type RatioCells = [string, string]

function ratioCells(ratio: Summary | null): RatioCells {
  if (ratio === null) return ['–', '']
  return [ratio.median.toFixed(3), `${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)}`]
}

function runCells(name: string, headers: number, run: Run, rate: RatioCells, cpu: RatioCells): string[] {
  return [
    String(headers),
    name,
    run.rate.toFixed(0),
    ...rate,
    run.cpu?.toFixed(1) ?? '–',
    ...cpu,
    run.p50.toFixed(2),
    run.p99.toFixed(2),
    run.memory === null ? '–' : (run.memory / 1024 ** 2).toFixed(0),
  ]
}

function figureCells(figure: Figure): string[] {
  const { name, unit, value, against, ratio, limit } = figure
  return [
    name,
    unit,
    short(value.median),
    `${short(value.low)}–${short(value.high)}`,
    against?.title ?? '',
    against ? short(against.value.median) : '',
    ratio?.median.toFixed(3) ?? '',
    limit ? `≤ ${short(limit.atMost)} (${limit.rule})` : '',
    verdictOfFigure(figure) ?? '',
  ]
}

/** Three digits that count. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function warnings({ controls, rows, peers }: Results): string[] {
  const proxies = controls.filter(({ name }) => name !== 'upstream').map(({ middle }) => middle)
  const runs = [...proxies, ...[...rows, ...peers].flatMap(({ control, candidate }) => [control, candidate])]
  const worst = Math.max(0, ...runs.map(({ disturbance }) => disturbance))
  if (worst < disturbed) return []
  return [`Something else used ${(worst * 100).toFixed(0)} % of the proxy's core meanwhile: read these figures with doubt.`]
}
