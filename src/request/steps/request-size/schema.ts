import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** Bodies are counted in bytes as they are sent, compressed or not. */
const bytes = z.int().min(0)

export const versionFields = {
  /** The largest body of a request, in bytes; 0 means no limit. Default 0. */
  global_size_limit: bytes.default(0),
  /** Whether `global_size_limit` is left alone. Default false. */
  global_size_limit_disabled: z.boolean().default(false),
}

/** An entry of `size_limits`: the limit of the paths that it matches, in place of the global one. */
export const sizeLimitEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** In bytes; 0 means no limit. */
  size_limit: bytes,
})
