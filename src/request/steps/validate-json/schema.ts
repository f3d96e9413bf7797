import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** An entry of `validate_json`: the schema of the bodies that it matches. */
export const validateEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** A JSON Schema; `$schema` says of which draft, 7 without it. */
  schema: z.record(z.string(), z.unknown()).optional(),
  /** The same, as JSON in base64; not read where there is a `schema`. */
  schema_b64: z.string().default(''),
  /** The status of a body that does not fit; 0 stands for 422. Default 0. */
  error_response_code: z.int().default(0),
})
