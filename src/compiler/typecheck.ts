import { join, sep } from 'node:path'
import { failure } from '../errors.ts'
import { missingPackage } from './packages.ts'
import { compileFailure, type Problem, problem } from './report.ts'
import { run } from './run.ts'
import type { Stage } from './stage.ts'
import type { Toolchain } from './toolchain.ts'
import { readDiagnostics } from './tsc-output.ts'
import type { Tsconfigs } from './tsconfig.ts'

/** Checks the entry and what it imports against the contract. Only what is wrong in the plugin's own files counts. */
export async function typecheck(stage: Stage, { check }: Tsconfigs, { tsc }: Toolchain): Promise<void> {
  const args = ['--noEmit', '-p', check, '--pretty', 'false', '--locale', 'en']
  const { code, stdout, stderr } = await run(tsc, args, { cwd: stage.source })
  const all = readDiagnostics(stdout, stage)
  if (code !== 0 && all.length === 0)
    throw failure('typecheck_failed', { output: `${stdout}${stderr}`.trim() || `exit code ${code}` })
  const found = all.filter(({ at }) => at === null || isOwn(at.path, stage))
  const packages = found.flatMap((one) => missing(one, stage) ?? [])
  // A missing package makes what it would have typed wrong as well.
  const problems = packages.length > 0 ? packages : found
  if (problems.length > 0) throw compileFailure(problems, stage)
}

function isOwn(path: string, { source }: Stage): boolean {
  return path.startsWith(source + sep) && !path.startsWith(join(source, 'node_modules') + sep)
}

/** Cannot find a module: imported for its values, or for its effects. */
const unresolved = new Set(['error TS2307', 'error TS2882'])

function missing({ label, text, at }: Problem, stage: Stage): Problem | null {
  const imported = unresolved.has(label) ? /'([^']+)'/.exec(text)?.[1] : undefined
  const name = imported === undefined ? undefined : missingPackage(imported, stage)
  if (imported === undefined || name === undefined) return null
  return problem(failure('dependency_missing', { name, imported }), at)
}
