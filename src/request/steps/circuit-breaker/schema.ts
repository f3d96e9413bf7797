import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** A timer of Node's holds no more. */
const LONGEST_SECONDS = 2_147_483

/** An entry of `circuit_breakers`: keeps requests from an upstream that fails on the paths that it matches. */
export const circuitBreakerEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** Which part of the last `samples` requests has to fail for the breaker to open, from 0 to 1. */
  threshold_percent: z.number().gt(0).max(1),
  /** How many requests are looked at. */
  samples: z.int().min(1).max(10_000),
  /** How long the breaker stays open, in seconds. */
  return_to_service_after: z.number().min(0.001).max(LONGEST_SECONDS),
  /** Whether all requests are let through after that time; else one, which decides. Default false. */
  disable_half_open_state: z.boolean().default(false),
})
