import { resolve } from 'node:path'
import type { Problem } from './report.ts'
import type { Stage } from './stage.ts'

/** `plugin.ts(12,5): error TS2345: text`; without a place where the configuration itself is wrong. Further lines are indented. */
const heading = /^(?:(.+)\((\d+),(\d+)\): )?(error TS\d+): (.*)$/

/** Reads what `tsc --pretty false` reports with the staged source as its working directory. */
export function readDiagnostics(output: string, { source }: Stage): Problem[] {
  const found: { label: string; text: string; at: Problem['at'] }[] = []
  for (const line of output.replaceAll(`${source}/`, '').split(/\r?\n/)) {
    const [, path, row, column, label, text] = heading.exec(line) ?? []
    const last = found.at(-1)
    if (label !== undefined && text !== undefined) {
      const at = path === undefined ? null : { path: resolve(source, path), line: Number(row), column: Number(column) }
      found.push({ label, text, at })
    } else if (last !== undefined && line.trim() !== '') last.text += `\n${line}`
  }
  return found
}
