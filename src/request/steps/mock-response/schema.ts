import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** An entry of `mock_response`: what is answered to the requests that it matches, in place of the upstream. */
export const mockEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** Whether letters of the path match in either case. Default false. */
  ignore_case: z.boolean().default(false),
  /** The status. Default 200. */
  code: z.int().min(200).max(599).default(200),
  /** The body. Default ''. */
  body: z.string().default(''),
  /** The headers, by name. Default none. */
  headers: z.record(z.string(), z.string()).default({}),
})
