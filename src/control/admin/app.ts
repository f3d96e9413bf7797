import type { Hono } from 'hono'
import type { Logger } from '../../log.ts'
import type { DefinitionFiles } from '../definition/definition-files.ts'
import type { LogLevelTools } from '../log-level.ts'
import type { PolicyFiles } from '../policy/policy-files.ts'
import { type AnalyticsTools, analyticsEndpoints } from './analytics/analytics.ts'
import { apiEndpoints } from './apis.ts'
import { type CacheTools, cacheEndpoints } from './cache.ts'
import { type DebugTools, debugEndpoints } from './debug.ts'
import type { Endpoint } from './endpoint.ts'
import { type HealthTools, healthEndpoints } from './health.ts'
import { type InspectionTools, inspectionEndpoints } from './inspection.ts'
import type { KeyTools } from './keys/create-endpoints.ts'
import { keyEndpoints } from './keys/key-endpoints.ts'
import { logLevelEndpoints } from './log-level.ts'
import { openApiEndpoint } from './openapi.ts'
import { type PluginTools, pluginEndpoints } from './plugins.ts'
import { policyEndpoints } from './policies.ts'
import { type ReloadTools, reloadEndpoints } from './reload.ts'
import { type RequestTools, requestEndpoints } from './requests.ts'
import { routerOf } from './router.ts'
import { type StatusTools, statusEndpoints } from './status.ts'

export interface AdminOptions
  extends HealthTools,
    ReloadTools,
    PluginTools,
    StatusTools,
    CacheTools,
    LogLevelTools,
    RequestTools,
    DebugTools,
    AnalyticsTools,
    InspectionTools {
  /** What `X-Tyk-Authorization` has to be; '' lets nobody in. */
  readonly secret: string
  /** The host that requests of the admin API have to be for; '' means any. */
  readonly hostname: string
  readonly log: Logger
  readonly keys: KeyTools
  readonly policyFiles: PolicyFiles
  readonly definitionFiles: DefinitionFiles
}

/** The gateway's own endpoints. */
export interface AdminApps {
  /** `/hello`, `/ready`, and the admin API under `/tyk/`. */
  readonly app: Hono
  /** `/hello` and `/ready` alone, for a port that has no admin API. */
  readonly onlyHealth: Hono
}

export function adminApps(options: AdminOptions): AdminApps {
  const { hostname, log, secret } = options
  return {
    app: routerOf(adminEndpoints(options), { secret, log, hostname }),
    onlyHealth: routerOf(healthEndpoints(options), { secret: null, log, hostname: '' }),
  }
}

/** The table that routes, the answers to other methods and the OpenAPI document are made of. */
export function adminEndpoints(options: AdminOptions): readonly Endpoint[] {
  const endpoints = [
    ...healthEndpoints(options),
    ...reloadEndpoints(options),
    ...statusEndpoints(options),
    ...apiEndpoints(options.definitionFiles),
    ...keyEndpoints(options.keys),
    ...policyEndpoints(options.policyFiles),
    ...pluginEndpoints(options),
    ...cacheEndpoints(options),
    ...logLevelEndpoints(options),
    ...requestEndpoints(options),
    ...debugEndpoints(options),
    ...analyticsEndpoints(options),
    ...inspectionEndpoints(options),
  ]
  return [...endpoints, openApiEndpoint(endpoints, options.version.version)]
}
