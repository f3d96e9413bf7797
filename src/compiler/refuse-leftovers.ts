import { readFileSync } from 'node:fs'
import { failure, type PosternError } from '../errors.ts'
import type { Bundle } from './bundle.ts'
import { compileFailure, type Position, type Problem, problem } from './report.ts'
import { type Finding, scan } from './scan.ts'
import { readSourceMap } from './source-positions.ts'
import type { Stage } from './stage.ts'

/** Refuses a bundle that would fail inside the gateway although it was bundled. */
export function refuseLeftovers({ code, sourceMap, native }: Bundle, stage: Stage): void {
  const findOrigin = readSourceMap(sourceMap)
  const problems: Problem[] = []
  for (const finding of scan(code)) {
    const at = findOrigin(finding.line, finding.column)
    if (isTolerated(finding, at, stage)) continue
    problems.push(problem(explain(finding, at, native), at))
  }
  if (problems.length > 0) throw compileFailure(problems, stage)
}

/** Packages try what a platform may lack. A plugin's own code may do so with a module that it names. */
function isTolerated({ kind, guarded }: Finding, at: Position | null, { nameOf }: Stage): boolean {
  const foreign = at === null || nameOf(at.path).startsWith('node_modules/')
  return guarded && (foreign || kind === 'require')
}

function explain({ kind, name }: Finding, at: Position | null, native: readonly string[]): PosternError {
  switch (kind) {
    case 'require':
      if (name.endsWith('.node') || native.some((one) => name === one || name.startsWith(`${one}/`)))
        return failure('native_addon', { name })
      return failure('require_unbundled', { name })
    case 'dynamic':
      return isImport(at) ? failure('import_dynamic', undefined) : failure('require_dynamic', undefined)
    case 'internals':
      return failure('process_internals', { property: name })
    case 'import-meta':
      return failure('import_meta_empty', { property: name })
  }
}

/** esbuild has made a require() of every import(). */
function isImport(at: Position | null): boolean {
  if (at === null) return false
  const line = readFileSync(at.path, 'utf8').split(/\r?\n/)[at.line - 1] ?? ''
  return line.startsWith('import', at.column - 1)
}
