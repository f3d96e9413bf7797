import type { Context } from 'hono'
import type { ApiDefinition } from './api-definition.ts'
import type { Session } from './session.ts'

/** Where the gateway's context offers what `ctx` needs; a symbol of the registry, so that copies of this module agree. */
export const PORT = Symbol.for('postern.context')

/** What the gateway's context puts under {@link PORT}. */
export interface ContextPort {
  readonly session: Session | undefined
  readonly token: string
  readonly definition: ApiDefinition
  setSession(session: Session, key: string | undefined, save: boolean): void
}

// biome-ignore lint/suspicious/noExplicitAny: any Hono context, whatever environment a plugin typed it with.
type AnyContext = Context<any>

function port(c: AnyContext): ContextPort {
  const found = (c as unknown as { [PORT]?: ContextPort })[PORT]
  if (!found) throw new TypeError('Read the request with a context of the gateway, not one made by hand')
  return found
}

/**
 * Session, key and API definition of a request.
 */
export const ctx = {
  /**
   * The request's session, or `undefined` where nothing has authenticated it. That of a stored key is a copy: what a plugin changes in it
   * is for plugins of this request alone, until it is given to {@link ctx.setSession}.
   */
  getSession(c: AnyContext): Session | undefined {
    return port(c).session
  },

  /**
   * Authenticates the request as `session`. Later plugins and steps see it, with the policies applied that it names.
   *
   * @param key the key that the session belongs to. It may be left out, and then stays what it was.
   * @param save `true` stores the session under `key`, from where it is a key like any other. Default `false`.
   * @throws TypeError if `session` is not an object, or is to be saved without a key.
   */
  setSession(c: AnyContext, session: Session, key?: string | boolean, save?: boolean): void {
    if (typeof key === 'boolean') port(c).setSession(session, undefined, key)
    else port(c).setSession(session, key, save ?? false)
  },

  /** The definition of the API that serves the request, deep-frozen. */
  getDefinition(c: AnyContext): ApiDefinition {
    return port(c).definition
  },

  /** The key that authenticated the request; `''` if none. */
  getAuthToken(c: AnyContext): string {
    return port(c).token
  },
}
