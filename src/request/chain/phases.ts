/**
 * The order of a chain, and the only place that knows it:
 *
 *   1. pre              plugins, before anything else
 *   2. auth_check       the plugin that authenticates (not on keyless APIs)
 *   3. post_key_auth    plugins that see the session (not on keyless APIs)
 *   4. path             the plugin of the first matching path rule
 *   5. post             plugins, last before the upstream
 *   6. (the proxy)
 *   7. response         plugins, on the upstream's response
 */
export const requestPhases = ['pre', 'auth_check', 'post_key_auth', 'path', 'post'] as const

export type RequestPhase = (typeof requestPhases)[number]
export type Phase = RequestPhase | 'response'
