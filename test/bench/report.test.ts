import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Run } from '../../bench/measure.ts'
import { compareResults, formatComparison } from '../../bench/report/compare.ts'
import { costTables } from '../../bench/report/cost-tables.ts'
import { compareFigures, type Figure, makeRow, type Results, type Row } from '../../bench/report/results.ts'
import { rivalries } from '../../bench/report/rivals.ts'
import { summarise } from '../../bench/report/statistics.ts'
import { formatTable } from '../../bench/report/table.ts'
import { verdictOfFigure, verdictOfRow } from '../../bench/report/verdict.ts'
import type { Limits } from '../../bench/scenarios/scenario.ts'

const control: Run = { rate: 10_000, cpu: 100, busy: 1, p50: 5, p99: 9, p999: 12, memory: 50 * 1024 ** 2, disturbance: 0 }

interface RowParts {
  readonly name?: string
  readonly limits?: Limits
  /** Of the candidate's, in each pair. */
  readonly rates?: readonly number[]
  readonly cpu?: number | null
  readonly busy?: number
}

function row({ name = 'keyless', limits = {}, rates = [9_000], cpu = 110, busy = 1 }: RowParts = {}): Row {
  const pairs = rates.map((rate) => ({ control, candidate: { ...control, rate, cpu, busy } }))
  return makeRow({ name, title: `the ${name} API`, headers: 12, against: 'plain proxy', limits }, pairs)
}

function results(parts: Partial<Results>): Results {
  const machine = { cpu: 'a CPU', cores: 2, kernel: '1', node: 'v26', nginx: '1', wrk: '4', commit: 'abc' }
  const settings = {
    seconds: 2,
    pairs: 9,
    processes: 3,
    warmUp: 4,
    connections: 64,
    cores: { proxy: 0, load: 1 },
    upstreamPort: 0,
  }
  return {
    date: '2026-01-02T03:04:05Z',
    machine,
    settings,
    controls: [],
    rows: [],
    peers: [],
    figures: [],
    failures: [],
    ...parts,
  }
}

const figure: Figure = {
  name: 'start',
  title: 'start',
  unit: 'ms',
  value: summarise([300, 500, 350]),
  limit: { atMost: 400, rule: 'fixed' },
}

test('a summary is the median and the quartiles, between two values where need be', () => {
  assert.deepEqual(summarise([4, 1, 3, 2]), { low: 1.75, median: 2.5, high: 3.25 })
  assert.deepEqual(summarise([7]), { low: 7, median: 7, high: 7 })
})

describe('a row', () => {
  test('has the median of the ratios of each pair', () => {
    const { rate, cpu } = row({ rates: [9_000, 5_000, 8_000] })
    assert.equal(rate.median, 0.8)
    assert.ok(cpu)
    assert.ok(Math.abs(cpu.median - 1.1) < 1e-9)
  })

  test('has no CPU time where that of one of the two is not known', () => {
    assert.equal(row({ cpu: null }).cpu, null)
  })

  const limits = { rateAtLeast: 0.85, cpuAtMost: 1.2 }
  const verdicts: [string, RowParts, ReturnType<typeof verdictOfRow>][] = [
    ['no limits', {}, null],
    ['both kept', { limits }, 'kept'],
    ['too much CPU time', { limits, cpu: 121 }, 'missed'],
    ['too few requests of a saturated proxy', { limits, rates: [8_000] }, 'missed'],
    ['too few requests, but something else was the bottleneck', { limits, rates: [8_000], busy: 0.6 }, 'kept'],
    ['too few requests of a proxy whose CPU time is not known', { limits, rates: [8_000], cpu: null, busy: 0 }, 'missed'],
  ]
  for (const [what, parts, expected] of verdicts) {
    test(`${what}: ${expected ?? 'no verdict'}`, () => assert.equal(verdictOfRow(row(parts)), expected))
  }
})

test('a figure is compared pair by pair, and held to its limit', () => {
  const about = { name: 'memory', title: 'memory', unit: 'MB' } as const
  assert.equal(compareFigures(about, [10, 40], { title: 'plain', values: [10, 20] }).ratio.median, 1.5)
  assert.equal(verdictOfFigure(figure), 'kept')
  assert.equal(verdictOfFigure({ ...figure, value: summarise([401]) }), 'missed')
  assert.equal(verdictOfFigure({ name: 'x', title: 'x', unit: 'ms', value: summarise([1]) }), null)
})

describe('a check', () => {
  const was = results({ rows: [row()], figures: [{ ...figure, ratio: summarise([1]) }] })

  test('finds nothing where ratios are at most 15 % worse', () => {
    const is = results({ rows: [row({ rates: [7_700], cpu: 126 })], figures: [{ ...figure, ratio: summarise([1.14]) }] })
    assert.deepEqual(compareResults(was, is), { compared: 3, regressions: [] })
  })

  test('finds the rate, the CPU time and the figure that are worse, the worst first', () => {
    const is = results({ rows: [row({ rates: [7_600], cpu: 220 })], figures: [{ ...figure, ratio: summarise([1.2]) }] })
    const { regressions } = compareResults(was, is)
    assert.deepEqual(
      regressions.map(({ what }) => what),
      ['keyless, 12 headers: CPU', 'start', 'keyless, 12 headers: rate'],
    )
    assert.match(formatComparison(compareResults(was, is)), /^keyless, 12 headers: CPU: 2\.200, was 1\.100, 100 % worse\n/)
  })

  test('does not mind what is better, what is new, and what was not measured', () => {
    const is = results({ rows: [row({ rates: [20_000], cpu: 10 }), row({ name: 'new', rates: [1] })] })
    assert.deepEqual(compareResults(was, is), { compared: 2, regressions: [] })
  })

  test('leaves out what wavers', () => {
    const wavering = { ...figure, wavers: true }
    const [quiet, busy] = [1, 3].map((ratio) => results({ figures: [{ ...wavering, ratio: summarise([ratio]) }] }))
    assert.equal(compareResults(quiet as Results, busy as Results).compared, 0)
  })

  test('says so where there is nothing to compare', () => {
    assert.match(formatComparison(compareResults(was, results({}))), /^Nothing to compare/)
  })
})

test('a proxy in JavaScript is beaten in rate and in CPU time, or it is not', () => {
  const champion = row({ name: 'keyed-plugin', rates: [7_000], cpu: 140 })
  const peers = [
    row({ name: 'fast-gateway', rates: [6_000], cpu: 160 }),
    row({ name: 'http-proxy-3', rates: [6_000], cpu: 130 }),
    row({ name: 'nginx', rates: [20_000], cpu: 50 }),
  ]
  const found = rivalries({ rows: [champion], peers }).map(({ peer, beaten }) => [peer, beaten])
  assert.deepEqual(found, [
    ['fast-gateway', true],
    ['http-proxy-3', false],
  ])
})

describe('results as text', () => {
  const all = results({
    rows: [row({ limits: { cpuAtMost: 1.05 } })],
    peers: [row({ name: 'nginx', cpu: null })],
    figures: [figure],
    failures: [{ name: 'tls', message: 'no certificate\nand more' }],
  })

  test('have a verdict for each limit, and what was not measured', () => {
    const text = formatTable(all)
    assert.match(text, /keyless +9000 +0\.900 .* CPU ≤ 1\.05 +missed$/m)
    assert.match(text, /^start +ms +350 .*≤ 400 \(fixed\) +kept$/m)
    assert.match(text, /^Not measured: tls\. no certificate/m)
  })

  test('are the tables of docs/performance.md', () => {
    const text = costTables(all)
    assert.match(
      text,
      /^\| the keyless API \| 12 \| plain proxy \| 0\.90 \| 1\.10 \| 10\.0 \| CPU ≤ 1\.05 \| \*\*missed\*\* \|$/m,
    )
    assert.match(text, /^\| nginx \| 12 \| 0\.90 \| {2}\|$/m)
    assert.match(costTables(null), /^Not measured yet/)
  })
})
