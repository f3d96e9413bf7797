import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** Requests per `per` seconds; 0 means no limit. */
const rate = z.number().min(0).default(0)
/** In seconds. */
const per = z.number().min(0).default(0)

export const definitionFields = {
  /** How often the API may be called, by all clients together: `rate` requests per `per` seconds. Default no limit. */
  global_rate_limit: z.looseObject({ disabled, rate, per }).default({ disabled: false, rate: 0, per: 0 }),
}

/** An entry of `rate_limit`: the rate of the requests that it matches, in place of the API's. */
export const rateLimitEntry = z.looseObject({ disabled, path: rulePath, method: methodName, rate, per })
