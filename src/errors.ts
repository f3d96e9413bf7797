import { accessErrors } from './errors/access.ts'
import { adminErrors } from './errors/admin.ts'
import { analyticsErrors } from './errors/analytics.ts'
import { artifactErrors } from './errors/artifact.ts'
import { authErrors } from './errors/auth.ts'
import { bodiesErrors } from './errors/bodies.ts'
import { bundleErrors } from './errors/bundle.ts'
import { bundleBuildErrors } from './errors/bundle-build.ts'
import { cliErrors } from './errors/cli.ts'
import { compilerErrors } from './errors/compiler.ts'
import { controlErrors } from './errors/control.ts'
import { developmentErrors } from './errors/development.ts'
import { echoErrors } from './errors/echo.ts'
import type { Entry } from './errors/entry.ts'
import { explainErrors } from './errors/explain.ts'
import { limitsErrors } from './errors/limits.ts'
import { listenerErrors } from './errors/listener.ts'
import { logErrors } from './errors/log.ts'
import { metricsErrors } from './errors/metrics.ts'
import { pluginErrors } from './errors/plugin.ts'
import { processErrors } from './errors/process.ts'
import { requestErrors } from './errors/request.ts'
import { sessionErrors } from './errors/session.ts'
import { signingErrors } from './errors/signing.ts'
import { storeErrors } from './errors/store.ts'
import { testkitErrors } from './errors/testkit.ts'
import { transformsErrors } from './errors/transforms.ts'
import { uploadErrors } from './errors/upload.ts'
import { upstreamErrors } from './errors/upstream.ts'
import { versionsErrors } from './errors/versions.ts'
import { workerErrors } from './errors/worker.ts'

/**
 * The error catalogue: every message that Postern writes, by subject in `errors/`. An entry has the HTTP status and the
 * text that a client sees (`null`: never sent to a client, who gets 500 `Internal Server Error`), and the text for the log.
 */
export const catalogue = {
  ...listenerErrors,
  ...requestErrors,
  ...versionsErrors,
  ...accessErrors,
  ...authErrors,
  ...limitsErrors,
  ...upstreamErrors,
  ...bodiesErrors,
  ...transformsErrors,
  ...storeErrors,
  ...sessionErrors,
  ...echoErrors,
  ...compilerErrors,
  ...controlErrors,
  ...adminErrors,
  ...explainErrors,
  ...analyticsErrors,
  ...cliErrors,
  ...artifactErrors,
  ...signingErrors,
  ...uploadErrors,
  ...bundleErrors,
  ...bundleBuildErrors,
  ...pluginErrors,
  ...workerErrors,
  ...processErrors,
  ...logErrors,
  ...metricsErrors,
  ...developmentErrors,
  ...testkitErrors,
} satisfies Record<string, Entry<never>>

export type ErrorCode = keyof typeof catalogue
type DetailsOf<C extends ErrorCode> = (typeof catalogue)[C] extends Entry<infer D> ? D : never

/** An error of the catalogue. Match on `code`, never on the class: plugins and workers may hold a copy of it. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly code: ErrorCode
  /** The status a client gets, if the error ends a request. */
  readonly status: number
  /** What a client may read. */
  readonly client: string
  /** What is wrong, one by one, where the message is a list. */
  readonly problems: readonly string[]

  /** @param client what a client may read; unless given, what the catalogue has for everyone */
  constructor(code: ErrorCode, message: string, cause?: unknown, client?: string, problems: readonly string[] = []) {
    super(message, cause === undefined ? undefined : { cause })
    this.problems = problems
    this.code = code
    this.status = catalogue[code].status
    const { client: common } = catalogue[code]
    this.client = client ?? (typeof common === 'string' ? common : 'Internal Server Error')
  }
}

/** Makes an error of the catalogue: `failure('upstream_failed', undefined, cause)`. */
export function failure<C extends ErrorCode>(code: C, details: DetailsOf<C>, cause?: unknown): PosternError {
  const { message, client } = catalogue[code] as unknown as Entry<DetailsOf<C>>
  const { problems } = (details ?? {}) as { problems?: unknown }
  const ofClient = typeof client === 'function' ? client(details) : undefined
  return new PosternError(code, message(details), cause, ofClient, Array.isArray(problems) ? problems : [])
}

/** Whether anything caught is an error of the catalogue, of this copy of the module or another. */
export function isFailure(error: unknown, code?: ErrorCode): error is PosternError {
  const found = property(error, 'code')
  if (typeof found !== 'string' || !Object.hasOwn(catalogue, found)) return false
  return code === undefined || found === code
}

/** A property of anything that was thrown, which may be a trap. */
export function property(thrown: unknown, name: string): unknown {
  try {
    return typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}

/** The text of anything that was thrown. */
export function textOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}
