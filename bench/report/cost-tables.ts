import type { Figure, Results, Row } from './results.ts'
import { formatRivalry, rivalries } from './rivals.ts'
import { short } from './table.ts'
import { limitsOfRow, type Verdict, verdictOfFigure, verdictOfRow } from './verdict.ts'

const notMeasured = 'Not measured yet: `npm run bench`, then `node scripts/docs-performance.ts`.\n'

/** What every feature costs, as Markdown. */
export function costTables(results: Results | null): string {
  if (results === null) return notMeasured
  const { date, machine, rows, peers, figures, failures } = results
  const parts = [
    `Measured on ${date.slice(0, 10)} at ${machine.commit}: ${machine.cpu}, Node ${machine.node}.`,
    table(['scenario', 'headers', 'against', 'rate', 'CPU', 'more CPU, µs', 'limits', ''], rows.map(rowCells)),
    ...rows.flatMap(({ name, note }) => (note ? [`\`${name}\`: ${note}.`] : [])),
    ...(figures.length > 0 ? [table(['figure', 'is', 'against', 'ratio', 'limit', ''], figures.map(figureCells))] : []),
    ...(peers.length > 0 ? [table(['other proxy', 'headers', 'rate', 'CPU'], peers.map(peerCells))] : []),
    rivalries(results)
      .map((rivalry) => `- ${formatRivalry(rivalry)}`)
      .join('\n'),
    failures.map(({ name, message }) => `- Not measured: ${name}. ${message.split('\n')[0]}`).join('\n'),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function rowCells(row: Row): string[] {
  const { title, headers, against, rate, cpu, candidate, control } = row
  const more = candidate.cpu !== null && control.cpu !== null ? short(candidate.cpu - control.cpu) : '–'
  return [title, String(headers), against, ratio(rate), ratio(cpu), more, limitsOfRow(row), shown(verdictOfRow(row))]
}

function figureCells(figure: Figure): string[] {
  const { title, value, unit, against, limit } = figure
  return [
    title,
    `${short(value.median)} ${unit}`,
    against ? `${against.title}: ${short(against.value.median)} ${unit}` : '',
    ratio(figure.ratio ?? null),
    limit ? `${short(limit.atMost)} ${unit} (${limit.rule})` : '',
    shown(verdictOfFigure(figure)),
  ]
}

function peerCells({ name, headers, rate, cpu }: Row): string[] {
  return [name, String(headers), ratio(rate), ratio(cpu)]
}

function ratio(summary: { readonly median: number } | null): string {
  return summary === null ? '' : summary.median.toFixed(2)
}

function shown(verdict: Verdict): string {
  return verdict === 'missed' ? '**missed**' : (verdict ?? '')
}
