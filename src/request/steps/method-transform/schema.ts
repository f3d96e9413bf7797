import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** The methods that a request can be sent upstream with. */
export const targetMethods = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const

/** An entry of `method_transforms`: the method that the upstream gets. */
export const methodEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** One of GET, POST, PUT, DELETE, OPTIONS, PATCH, in either case. */
  to_method: z.string(),
})
