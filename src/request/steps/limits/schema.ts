import * as z from 'zod'

export const definitionFields = {
  /** Whether the rates of keys are left alone on this API. Default false. */
  disable_rate_limit: z.boolean().default(false),
  /** Whether the quotas of keys are left alone on this API. Default false. */
  disable_quota: z.boolean().default(false),
}
