import type { Run } from './measure.ts'
import type { ControlRow, Results, Row } from './results.ts'
import type { Summary } from './statistics.ts'

/** Above this share of foreign work on the proxy's core the table says so. */
const disturbed = 0.03

const columns = ['headers', 'proxy', 'req/s', 'ratio', '', 'CPU µs', 'ratio', '', 'p50 ms', 'p99 ms', 'RSS MB']
const leftAligned = new Set([1, 3, 4, 6, 7])

/** The results as text: controls first, then a line for each scenario and its plain proxy. */
export function formatTable({ controls, rows, settings }: Results): string {
  const cells = [columns, ...controls.map(controlCells), ...rows.flatMap(rowCells)]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, i) => (leftAligned.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  const proxies = controls.filter(({ name }) => name !== 'upstream').map(({ middle }) => middle)
  const note = `Ratios to the plain proxy: medians of ${settings.pairs} pairs of ${settings.seconds} s, with their quartiles.`
  return [...lines, '', note, ...warnings([...proxies, ...rows.flatMap(({ control, candidate }) => [control, candidate])])].join(
    '\n',
  )
}

function controlCells({ name, headers, middle }: ControlRow): string[] {
  return cellsOf(name, headers, middle, ['', ''], ['', ''])
}

function rowCells(row: Row): string[][] {
  return [
    cellsOf('plain proxy', row.headers, row.control, ['1', ''], ['1', '']),
    cellsOf(row.name, row.headers, row.candidate, ratioCells(row.rate), ratioCells(row.cpu)),
  ]
}

type RatioCells = [string, string]

function ratioCells({ median, low, high }: Summary): RatioCells {
  return [median.toFixed(3), `${low.toFixed(3)}–${high.toFixed(3)}`]
}

function cellsOf(name: string, headers: number, run: Run, rate: RatioCells, cpu: RatioCells): string[] {
  return [
    String(headers),
    name,
    run.rate.toFixed(0),
    ...rate,
    run.cpu.toFixed(1),
    ...cpu,
    run.p50.toFixed(2),
    run.p99.toFixed(2),
    (run.memory / 1024 ** 2).toFixed(0),
  ]
}

function warnings(runs: readonly Run[]): string[] {
  const worst = Math.max(0, ...runs.map(({ disturbance }) => disturbance))
  if (worst < disturbed) return []
  return [`Something else used ${(worst * 100).toFixed(0)} % of the proxy's core meanwhile: read these figures with doubt.`]
}
