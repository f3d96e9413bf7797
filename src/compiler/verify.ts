import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { failure, type PosternError } from '../errors.ts'
import { type Artifact, parseArtifact } from '../plugin/artifact.ts'
import { openStackMapper } from '../plugin/stack.ts'
import type { Stamp } from '../plugin/stamp.ts'
import { compileFailure, type Position, problem } from './report.ts'
import type { Stage } from './stage.ts'
import type { Rejection, Verdict } from './verdict.ts'

export interface VerifyOptions {
  /** The program that loads the artifact: verify-child. */
  readonly verifier: string
  /** Milliseconds that module-level code may take. */
  readonly loadTimeout: number
  readonly env: NodeJS.ProcessEnv
}

/** Loads an artifact as the gateway does, in another process. Returns what it exports. */
export async function verify(bytes: Buffer, stage: Stage, options: VerifyOptions): Promise<Stamp['exports']> {
  const path = join(stage.root, 'plugin.js')
  await writeFile(path, bytes)
  const artifact = parseArtifact(bytes, path)
  const verdict = await load(path, options)
  if (verdict.outcome !== 'loaded') {
    const at = 'stack' in verdict ? await findPosition(artifact, verdict.stack, stage) : null
    throw compileFailure([problem(explain(verdict, options), at)], stage)
  }
  if (verdict.exports.length > 0) return verdict.exports
  throw compileFailure([problem(failure('exports_no_plugin', { found: exportedNames(artifact.code) }), null)], stage)
}

async function load(path: string, { verifier, loadTimeout, env }: VerifyOptions): Promise<Verdict> {
  const child = spawn(process.execPath, ['--no-warnings', verifier, path, String(loadTimeout)], {
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
