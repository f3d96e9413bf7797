import { resolve } from 'node:path'
import type { Message } from 'esbuild'
import { failure, type PosternError } from '../errors.ts'
import { missingPackage } from './packages.ts'
import type { Problem } from './report.ts'
import type { Stage } from './stage.ts'

/** Says in our words what esbuild reports. */
export function toProblem(message: Message, label: 'error' | 'warning', stage: Stage): Problem {
  const text = label === 'warning' ? message.text : inOurWords(message, stage).message
  const { location } = message
  if (location === null) return { label, text, at: null }
  // esbuild counts bytes of UTF-8.
  const column = Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1
  return { label, text, at: { path: resolve(stage.source, location.file), line: location.line, column } }
}

function inOurWords({ id, text, notes }: Message, stage: Stage): PosternError {
  if (id === 'empty-import-meta') return failure('import_meta_empty', { property: 'import.meta' })
  if (text.startsWith('Top-level await')) return failure('await_at_top', undefined)
  const imported = /^Could not resolve "(.+)"$/.exec(text)?.[1]
  const name = imported === undefined ? undefined : missingPackage(imported, stage)
  if (imported !== undefined && name !== undefined) return failure('dependency_missing', { name, imported })
  return failure('bundle_failed', { reason: [text, ...notes.map((note) => note.text)].join('; ') })
}
