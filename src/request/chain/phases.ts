/**
 * The order of a chain, and the only place that knows it. A phase that an API does not use costs it nothing.
 *
 *    1. cors               headers for other origins, and their preflights
 *    2. version            which version of the API serves the request
 *    3. path_access        paths that are allowed, blocked, internal, or open to everyone; mocks; answers to methods
 *    4. pre                plugins, before anything that depends on who calls
 *    5. ip_access          addresses that are let in, or kept out
 *    6. request_size       bodies that are too large
 *    7. context            the variables that later steps may use
 *    8. basic_auth         ┐
 *    9. jwt                │ who calls: each one that is enabled has to agree (not on keyless APIs)
 *   10. auth_check         │ the plugin that authenticates
 *   11. auth_token         ┘
 *   12. post_key_auth      plugins that see the session (not on keyless APIs)
 *   13. strip_auth         the credentials are taken off
 *   14. session            keys that have expired, are inactive, or are for other APIs, versions or paths
 *   15. limits             rate and quota of the key
 *   16. api_limits         rates of the API and its paths, whoever calls
 *   17. validate           bodies against their schemas
 *   18. transform_headers  request headers
 *   19. rewrite            URL, and loops to other APIs
 *   20. method             the request's method
 *   21. cache              answers from the cache
 *   22. path               the plugin of the first matching path rule
 *   23. post               plugins, last before the upstream
 *   24. loop               requests that go on to another API, or to this one anew
 *   25. upstream           how long the upstream may take, and whether it is asked at all
 *   26. (the proxy)
 *   27. response_headers   response headers
 *   28. response           plugins, on the upstream's response
 *   29. cache_write        what the cache keeps
 */
export const requestPhases = [
  'cors',
  'version',
  'path_access',
  'pre',
  'ip_access',
  'request_size',
  'context',
  'basic_auth',
  'jwt',
  'auth_check',
  'auth_token',
  'post_key_auth',
  'strip_auth',
  'session',
  'limits',
  'api_limits',
  'validate',
  'transform_headers',
  'rewrite',
  'method',
  'cache',
  'path',
  'post',
  'loop',
  'upstream',
] as const

/** Whether a step comes before anybody knows which version serves the request. */
export function precedesVersion({ phase }: { readonly phase: Phase }): boolean {
  return (requestPhases as readonly Phase[]).slice(0, requestPhases.indexOf('version')).includes(phase)
}

/** What happens to the upstream's response, in this order. */
export const responsePhases = ['response_headers', 'response', 'cache_write'] as const

/** The phases that are about who calls: a path that is open to everyone goes without them. */
export const sessionPhases: ReadonlySet<Phase> = new Set([
  'basic_auth',
  'jwt',
  'auth_check',
  'auth_token',
  'strip_auth',
  'session',
  'limits',
])

export type RequestPhase = (typeof requestPhases)[number]
export type ResponsePhase = (typeof responsePhases)[number]
export type Phase = RequestPhase | ResponsePhase

/** Several phases, a bit for each. */
export type PhaseSet = number

const PHASES: readonly Phase[] = [...requestPhases, ...responsePhases]

export function phaseSet(phases: readonly Phase[]): PhaseSet {
  return phases.reduce((set, phase) => set | (1 << PHASES.indexOf(phase)), 0)
}
