import * as z from 'zod'

export const definitionFields = {
  /** Whether `$tyk_context` stands for values of the request, in headers, rewrites and their triggers. Default false. */
  enable_context_vars: z.boolean().default(false),
}
