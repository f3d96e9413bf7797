import { SourceMap, type SourceMapPayload } from 'node:module'
import type { Position } from './report.ts'

/** Finds where a place of the bundle comes from: line from 1, column from 0, as parsers count. */
export type FindOrigin = (line: number, column: number) => Position | null

/** Reads a source map whose sources are absolute paths. */
export function readSourceMap(sourceMap: string): FindOrigin {
  const map = new SourceMap(JSON.parse(sourceMap) as SourceMapPayload)
  return (line, column) => {
    const entry = map.findEntry(line - 1, column)
    if (!('originalSource' in entry)) return null
    return { path: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
  }
}
