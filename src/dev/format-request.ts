import type { RequestTrace, StepTrace } from '../telemetry/request-trace.ts'

/** A request and its steps, a line each. */
export function formatRequest({ method, target, status, ms, steps }: RequestTrace): string {
  const rows = steps.map(cellsOf)
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map(([phase = '', name = '', outcome = '', time = '']) => {
    return `  ${phase.padEnd(widths[0] ?? 0)}  ${name.padEnd(widths[1] ?? 0)}  ${outcome.padEnd(widths[2] ?? 0)}  ${time.padStart(widths[3] ?? 0)}`
  })
  return [`${method} ${target} → ${status} in ${milliseconds(ms)}`, ...lines].join('\n')
}

function cellsOf({ phase, name, outcome, ms, depth }: StepTrace): string[] {
  const isProxy = phase === 'proxy'
  return ['  '.repeat(depth) + phase, isProxy ? 'upstream' : name, outcome, milliseconds(ms)]
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
}
