/** Loads one artifact as the gateway does, in a process of its own: `verify-child ARTIFACT MILLISECONDS inline|worker`. Writes a {@link Verdict} to file descriptor 3. */
import { readFileSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { textOf } from '../errors.ts'
import { openLog } from '../log.ts'
import { parseArtifact } from '../plugin/artifact.ts'
import { kv } from '../plugin/contract/index.ts'
import { type LoadedExport, loadArtifact } from '../plugin/loader.ts'
import { protectShared } from '../plugin/protection/protect-shared.ts'
import type { Stamp } from '../plugin/stamp.ts'
import type { Verdict } from './verdict.ts'
import { watchMainThread } from './watch-main-thread.ts'

const [path = '', limit = '', place = ''] = process.argv.slice(2)
const log = await openLog({ level: 'silent', format: 'json' })
const artifact = parseArtifact(readFileSync(path), path)

const kill = process.kill.bind(process)
// The artifact has a stand-in for `process`, but may still reach the real one.
for (const name of ['exit', 'abort', 'kill']) Object.defineProperty(process, name, { value: refuse(name) })

new Worker(`(${watchMainThread})()`, { eval: true, execArgv: [], workerData: Number(limit) })
// A worker has built-in objects of its own.
if (place === 'inline') protectShared()
report(load())

function refuse(name: string): () => never {
  return () => {
    throw new Error(`process.${name}() was called`)
  }
}

function load(): Verdict {
  try {
    const { exports } = loadArtifact(artifact, { log, kv })
    return { outcome: 'loaded', exports: [...exports.values()].map(describeExport) }
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    return { outcome: 'threw', thrown: textOf(cause), stack: stackOf(cause) }
  }
}

function describeExport({ name, options }: LoadedExport): Stamp['exports'][number] {
  if (options === null) return { name, kind: 'plugin' }
  const config = jsonSchemaOf(options.config)
  return { name, kind: 'defined', ...(config && { config }) }
}

/** A schema library that can describe what it accepts does so under `~standard`. */
interface DescribedSchema {
  readonly '~standard'?: { readonly jsonSchema?: { input(options: { target: string }): Record<string, unknown> } }
}

function jsonSchemaOf(schema: unknown): Record<string, unknown> | undefined {
  try {
    const described = (schema as DescribedSchema | undefined)?.['~standard']?.jsonSchema?.input({ target: 'draft-2020-12' })
    // Only what JSON can hold; a schema with code in it (a transformation) cannot be described.
    return described && (JSON.parse(JSON.stringify(described)) as Record<string, unknown>)
  } catch {
    return undefined
  }
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? '') : ''
}

/** Ends the process at once, whatever the artifact has left running or listening. */
function report(verdict: Verdict): void {
  writeSync(3, JSON.stringify(verdict))
  kill(process.pid, 'SIGKILL')
}
