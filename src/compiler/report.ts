import { readFileSync } from 'node:fs'
import { failure, type PosternError } from '../errors.ts'
import type { Stage } from './stage.ts'

/** A place in a source file. Lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  /** Absolute path of the file, as staged or installed. */
  readonly path: string
  readonly line: number
  readonly column: number
}

/** One thing that is wrong with a plugin. */
export interface Problem {
  /** `error`, `warning`, or with a code of its tool: `error TS2345`. */
  readonly label: string
  readonly text: string
  readonly at: Position | null
}

/** A problem whose text is in the catalogue. */
export function problem({ message }: PosternError, at: Position | null): Problem {
  return { label: 'error', text: message, at }
}

const mostShown = 20

/** The error that ends a compilation: every problem with its place and the lines around it. */
export function compileFailure(problems: readonly Problem[], stage: Stage): PosternError {
  const shown = problems.slice(0, mostShown).map((one) => describe(one, stage))
  if (problems.length > mostShown) shown.push(`… and ${problems.length - mostShown} more`)
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`
  return failure('compile_failed', { source: stage.folder, report: shown.join('\n\n'), count })
}

/** `plugin.ts:12:5: error TS2345: …`, and the lines around that place. */
export function describe({ label, text, at }: Problem, stage: Stage): string {
  if (at === null) return `${label}: ${text}`
  const frame = codeFrame(at)
  const head = `${stage.nameOf(at.path)}:${at.line}:${at.column}: ${label}: ${text}`
  return frame === '' ? head : `${head}\n\n${frame}`
}

const widest = 160

/** The line of a position with a caret under its column, and one line before and after it. */
export function codeFrame({ path, line, column }: Position): string {
  const lines = linesOf(path)
  const last = Math.min(line + 1, lines.length)
  const width = String(last).length
  // A package's file may be one line of a megabyte.
  const from = column > widest ? column - widest / 2 : 0
  const frame: string[] = []
  for (let number = Math.max(line - 1, 1); number <= last; number += 1) {
    const text = (lines[number - 1] ?? '').slice(from, from + widest)
    frame.push(`  ${String(number).padStart(width)} | ${text}`.trimEnd())
    // Tabs stay tabs, so that the caret lands where a terminal puts the column.
    if (number === line) frame.push(`  ${' '.repeat(width)} | ${text.slice(0, column - 1 - from).replace(/[^\t]/g, ' ')}^`)
  }
  return frame.join('\n')
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)
  } catch {
    return []
  }
}
