import * as z from 'zod'

/** Whether the entry is left alone. Default false. */
export const disabled = z.boolean().default(false)

/** A path rule: `{id}` and `/*` stand for segments, everything else is a regular expression, searched anywhere in the path. */
export const rulePath = z.string().min(1)

/** The method that a rule is for, compared exactly. */
export const methodName = z.string().min(1)
