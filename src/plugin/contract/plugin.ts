import type { Context, Next } from 'hono'
import type { ApiDefinition } from './api-definition.ts'
import type { Log } from './log.ts'
import type { Session } from './session.ts'

/**
 * What `c.var` holds in a plugin. The names are reserved: `c.set('config', …)` throws.
 */
export interface PluginVariables<Config = unknown> {
  /** The `config` object of this use of the plugin in the definition; what the schema made of it under `definePlugin`. */
  readonly config: Config
  /** The gateway's logger, tagged with plugin, version, API and request id. */
  readonly log: Log
  /** The definition of the API that serves this request, deep-frozen. */
  readonly definition: ApiDefinition
  /** The session that authentication attached to this request; `undefined` before it, and on keyless APIs. */
  readonly session: Session | undefined
  /** The id of this request (a UUIDv7), as in the access log. */
  readonly requestId: string
}

/** The environment of a plugin's context: Postern's variables, and whatever plugins `c.set()` for one another. */
export interface PluginEnv<Config = unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: plugins hand one another values by names the gateway cannot know.
  Variables: PluginVariables<Config> & Record<string, any>
}

/** The Hono `Context` that a plugin receives. */
export type PluginContext<Config = unknown> = Context<PluginEnv<Config>>

/**
 * A plugin: a Hono middleware, exported by name from the plugin's entry file.
 *
 * - Return nothing: the chain goes on. Changes made to `c.req.raw` reach later steps and the upstream.
 * - Return a `Response` (or assign `c.res`): the plugin has answered; the upstream is not asked.
 * - `await next()`: the rest of the chain runs inside; afterwards `c.res` is the response.
 * - Throw: the request ends by the plugin's `on_error`. An object with a numeric `status` and a `getResponse()`
 *   (Hono's `HTTPException`) answers with its own response.
 *
 * In the `response` hook `c.res` is the upstream's response already.
 *
 * @example
 * export const AddFooBarHeader: Plugin = (c) => {
 *   c.req.raw.headers.append('Foo', 'Bar')
 * }
 */
export type Plugin<Config = unknown> = (
  c: PluginContext<Config>,
  next: Next,
  // biome-ignore lint/suspicious/noConfusingVoidType: a plugin that returns nothing lets the chain go on.
) => Response | void | undefined | Promise<Response | void | undefined>
