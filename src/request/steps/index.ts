import { accessRights } from './access-rights/step.ts'
import { apiLimits } from './api-limits/step.ts'
import { authToken } from './auth-token/step.ts'
import { basicAuth } from './basic-auth/step.ts'
import { cache } from './cache/step.ts'
import { circuitBreaker } from './circuit-breaker/step.ts'
import { context } from './context/step.ts'
import { cors } from './cors/step.ts'
import { expiry } from './expiry/step.ts'
import { granularAccess } from './granular-access/step.ts'
import { ipAccess } from './ip-access/step.ts'
import { jwt } from './jwt/step.ts'
import { keyExpiry } from './key-expiry/step.ts'
import { limits } from './limits/step.ts'
import { methodTransform } from './method-transform/step.ts'
import { mockResponse } from './mock-response/step.ts'
import { pathAccess } from './path-access/step.ts'
import { requestSize } from './request-size/step.ts'
import type { StepKind } from './step-kind.ts'
import { stripAuth } from './strip-auth/step.ts'
import { timeouts } from './timeouts/step.ts'
import { transformHeaders } from './transform-headers/step.ts'
import { urlRewrite } from './url-rewrite/step.ts'
import { validateJson } from './validate-json/step.ts'

/** Every kind of built-in step. The order counts only among steps of the same phase; the phases are in `phases.ts`. */
export const stepKinds: readonly StepKind[] = [
  cors,
  expiry,
  pathAccess,
  mockResponse,
  ipAccess,
  requestSize,
  context,
  basicAuth,
  jwt,
  authToken,
  stripAuth,
  keyExpiry,
  accessRights,
  granularAccess,
  limits,
  apiLimits,
  validateJson,
  transformHeaders,
  urlRewrite,
  methodTransform,
  cache,
  timeouts,
  circuitBreaker,
]
