import type { Section } from './row.ts'
import { answers, transforms } from './rows/answers.ts'
import { authentication } from './rows/authentication.ts'
import { cache, circuitBreakers } from './rows/cache.ts'
import { errors } from './rows/errors.ts'
import { proxy } from './rows/proxy.ts'
import { routing } from './rows/routing.ts'
import { limitHeaders, sessionGates } from './rows/sessions.ts'
import { versions } from './rows/versions.ts'

/** What the gateway is compared with, in the order of the reference. */
export const sections: readonly Section[] = [
  versions,
  routing,
  proxy,
  answers,
  transforms,
  cache,
  circuitBreakers,
  limitHeaders,
  sessionGates,
  authentication,
  errors,
]
