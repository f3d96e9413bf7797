import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { failure, type PosternError } from '../errors.ts'
import { type Artifact, parseArtifact } from '../plugin/artifact.ts'
import { isRefusedChange } from '../plugin/protection/refused-change.ts'
import { openStackMapper } from '../plugin/stack.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { compileFailure, type Position, type Problem, problem } from './report.ts'
import type { Stage } from './stage.ts'
import type { Rejection, Verdict } from './verdict.ts'

export interface VerifyOptions {
  /** The program that loads the artifact: verify-child. */
  readonly verifier: string
  /** Milliseconds that module-level code may take. */
  readonly loadTimeout: number
  readonly env: NodeJS.ProcessEnv
}

/** What loading an artifact has shown. */
export interface Verified {
  readonly exports: Stamp['exports']
  readonly warnings: readonly Problem[]
}

/** Loads an artifact as the gateway does, in another process. */
export async function verify(bytes: Buffer, stage: Stage, options: VerifyOptions): Promise<Verified> {
  const path = join(stage.root, 'plugin.js')
  await writeFile(path, bytes)
  const artifact = parseArtifact(bytes, path)
  const warnings: Problem[] = []
  const positionOf = async (rejection: Rejection) => {
    return 'stack' in rejection ? findPosition(artifact, rejection.stack, stage) : null
  }
  let verdict = await load(path, 'inline', options)
  if (verdict.outcome === 'threw' && isRefusedChange(verdict.thrown)) {
    const { thrown } = verdict
    warnings.push({ label: 'warning', text: failure('load_changed_shared', { thrown }).message, at: await positionOf(verdict) })
    verdict = await load(path, 'worker', options)
  }
  if (verdict.outcome !== 'loaded') throw compileFailure([problem(explain(verdict, options), await positionOf(verdict))], stage)
  if (verdict.exports.length > 0) return { exports: verdict.exports, warnings }
  throw compileFailure([problem(failure('exports_no_plugin', { found: exportedNames(artifact.code) }), null)], stage)
}

async function load(path: string, place: 'inline' | 'worker', { verifier, loadTimeout, env }: VerifyOptions): Promise<Verdict> {
  const child = spawn(process.execPath, ['--no-warnings', verifier, path, String(loadTimeout), place], {
    env: { ...env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const [, , stderr, verdict] = child.stdio
  const [written, complaint, how] = await Promise.all([
    text(verdict as NodeJS.ReadableStream),
    text(stderr as NodeJS.ReadableStream),
    new Promise<string>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
    }),
  ])
  if (written !== '') return JSON.parse(written) as Verdict
  const words = complaint.split('\n').filter((line) => /[a-z]/i.test(line) && !/^-|^\s*\d+: 0x/.test(line))
  return { outcome: 'exited', how: [how, ...words.slice(0, 3)].join(': ') }
}

function explain(verdict: Rejection, { loadTimeout }: VerifyOptions): PosternError {
  switch (verdict.outcome) {
    case 'threw':
      return failure('load_threw', { thrown: verdict.thrown })
    case 'hung':
      return failure('load_hung', { seconds: loadTimeout / 1000 })
    case 'exited':
      return failure('load_exited', { how: verdict.how })
  }
}

/** The first frame in the plugin's own source, or else in one of its packages. */
async function findPosition(artifact: Artifact, stack: string, { source, nameOf }: Stage): Promise<Position | null> {
  const mapper = openStackMapper()
  const mapped = await mapper.map(artifact, stack)
  await mapper.close()
  const places = [...mapped.matchAll(/([^\s()]+):(\d+):(\d+)\)?$/gm)].flatMap(([, name = '', line, column]) => {
    const path = join(source, name)
    return nameOf(path) === name ? { path, line: Number(line), column: Number(column) } : []
  })
  return places.find(({ path }) => !nameOf(path).startsWith('node_modules/')) ?? places[0] ?? null
}

/** esbuild notes the exports of a module for Node, whatever they are. */
function exportedNames(code: string): string[] {
  return /^0 && \(module\.exports = \{([^}]*)\}\)/m.exec(code)?.[1]?.match(/[^\s,]+/g) ?? []
}
