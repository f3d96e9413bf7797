import * as z from 'zod'
import { disabled, rulePath } from '../entry-fields.ts'

/** The method that the entry is for, compared exactly; empty: every method. Default empty. */
const method = z.string().default('')

/** What a request of a method gets. */
const methodAction = z.looseObject({
  /** `no_action`: what the list is for; `reply`: the answer that follows, without asking the upstream. Default `no_action`. */
  action: z.enum(['no_action', 'reply']).default('no_action'),
  /** The status of the reply. Default 200. */
  code: z.int().min(200).max(599).default(200),
  /** Its body. Default empty. */
  data: z.string().default(''),
  /** Its headers, by name. Default none. */
  headers: z
    .record(z.string(), z.string())
    .nullish()
    .transform((headers) => headers ?? {}),
})
export type MethodAction = z.infer<typeof methodAction>

/** An entry of `ignored`, `white_list` or `black_list`. */
export const accessEntry = z.looseObject({
  disabled,
  path: rulePath,
  method,
  /** Whether letters match in either case; entries of `black_list` always do. Default false. */
  ignore_case: z.boolean().default(false),
  /** By method; where there are any, the entry is for these methods only. Default none. */
  method_actions: z
    .record(z.string(), methodAction)
    .nullish()
    .transform((actions) => actions ?? {}),
})

/** An entry of `internal`: a path that only loops from other APIs, or from the same one, may reach. */
export const internalEntry = z.looseObject({ disabled, path: rulePath, method })

const rules = z
  .array(rulePath)
  .nullish()
  .transform((paths) => paths ?? [])

/** The lists of a version without extended paths: rules for every method. */
export const pathsFields = {
  /** Open to everyone. */
  ignored: rules,
  /** Nothing else is let in. */
  white_list: rules,
  /** Kept out. */
  black_list: rules,
}
