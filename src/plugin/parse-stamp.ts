import { failure } from '../errors.ts'
import { builtFor, type Refusal } from './refusal.ts'
import { STAMP_FORMAT, type Stamp, stampSchema } from './stamp.ts'

/** Longest stamp line that is read, in bytes. It lists every bundled package, about 80 bytes each. */
const LIMIT = 1024 * 1024

const START = '/*! postern {'
const LINE = /^\/\*! postern (.*) \*\/\s*$/s

/** Writes the first line of an artifact, with the fields in the order of the schema. */
export function formatStamp(stamp: Stamp): string {
  // JSON may write a slash as `\/`, so the comment cannot end early.
  return `/*! postern ${JSON.stringify(stampSchema.parse(stamp)).replaceAll('*/', '*\\/')} */\n`
}

/** Whether a file begins as an artifact does. */
export function beginsWithStamp(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, START.length) === START
}

/**
 * Refuses a file that is no artifact at all.
 *
 * @throws artifact_empty, artifact_stampless
 */
export function refuseStampless(bytes: Buffer, refusal: Refusal): void {
  if (bytes.length === 0) throw failure('artifact_empty', refusal)
  if (!beginsWithStamp(bytes)) throw failure('artifact_stampless', refusal)
}

/**
 * Reads the first line of an artifact.
 *
 * @throws artifact_stamp_too_large, artifact_stamp_invalid, artifact_format_unknown, and what {@link refuseStampless} throws
 */
export function parseStamp(line: Buffer, refusal: Refusal): Stamp {
  refuseStampless(line, refusal)
  if (line.length > LIMIT) throw failure('artifact_stamp_too_large', { ...refusal, limit: LIMIT })

  const found = parseJson(line.toString(), refusal)
  const { success, data, error } = stampSchema.safeParse(found)
  if (success) return data
  if (found.format !== STAMP_FORMAT) {
    const format = JSON.stringify(found.format) ?? 'none'
    throw failure('artifact_format_unknown', { ...refusal, found: format, expected: STAMP_FORMAT, builtFor: builtFor(found) })
  }
  const issue = error.issues[0]
  const reason = `${issue?.path.join('.') || 'stamp'}: ${issue?.message}`
  throw failure('artifact_stamp_invalid', { ...refusal, reason, builtFor: builtFor(found) }, error)
}

function parseJson(line: string, refusal: Refusal): Record<string, unknown> {
  try {
    return JSON.parse(LINE.exec(line)?.[1] ?? '')
  } catch (error) {
    const reason = 'it is not JSON in a comment of one line'
    throw failure('artifact_stamp_invalid', { ...refusal, reason, builtFor: builtFor({}) }, error)
  }
}
