import * as z from 'zod'
import { parseDuration } from '../../../json/duration.ts'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** A timer of Node's holds no more. */
const LONGEST_MS = 2 ** 31 - 1

const isDuration = (text: string) => {
  const milliseconds = text === '' ? 0 : parseDuration(text)
  return milliseconds !== null && (milliseconds === 0 || (milliseconds >= 1 && milliseconds <= LONGEST_MS))
}
const duration = z.string().refine(isDuration, 'expected a time such as "2s" or "500ms"').default('')

export const versionFields = {
  /** How long the upstream may take to begin its response: `10s`; '' is what gateway.conf has. Default ''. */
  global_enforce_timeout: duration,
  /** Whether `global_enforce_timeout` is left alone. Default false. */
  global_enforce_timeout_disabled: z.boolean().default(false),
}

/** An entry of `hard_timeouts`: the time of the paths that it matches, in place of the global one. */
export const hardTimeoutEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** In seconds. */
  timeout: z
    .number()
    .min(0)
    .max(LONGEST_MS / 1000)
    .default(0),
  /** The same as text, which goes before `timeout`. */
  duration,
})

/** The milliseconds of a text that the schema has let through. */
export function millisecondsOf(text: string): number {
  return Math.round(parseDuration(text) ?? 0)
}
