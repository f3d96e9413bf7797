import { Context } from 'hono'
import { HonoRequest } from 'hono/request'
import { HeaderList } from '../../request/message/header-list.ts'
import { LazyRequest } from '../../request/message/lazy-request.ts'
import { LazyResponse } from '../../request/message/lazy-response.ts'
import { PreparedHeaders } from '../../request/message/prepared-headers.ts'
import { PluginContext } from '../context.ts'
import { PluginRequest } from '../plugin-request.ts'
import { webGlobals } from '../web-globals.ts'
import { keepMembers, keepOverridable } from './keep-members.ts'
import { protectBuiltins } from './protect-builtins.ts'

/** Classes of the gateway that plugins hold instances of: what one plugin does to them, it would do to all. */
const EXPOSED = [Context, HonoRequest, PluginRequest, LazyRequest, LazyResponse, webGlobals.Request, webGlobals.Response]
/** Of these the gateway itself calls methods for each request. */
const FROZEN = [PluginContext, HeaderList, PreparedHeaders]

let isProtected = false

/**
 * Keeps a plugin from changing, by accident or by what a client has sent, what other plugins and the gateway work with:
 * the built-in objects ({@link protectBuiltins}), and the gateway's own classes. Cannot be taken back; a second
 * call does nothing.
 */
export function protectShared(): void {
  if (isProtected) return
  isProtected = true
  protectBuiltins()
  for (const { prototype } of FROZEN) Object.freeze(prototype)
  for (const exposed of EXPOSED as { readonly prototype: object }[]) {
    keepMembers(exposed)
    keepOverridable(exposed.prototype)
    Object.preventExtensions(exposed.prototype)
  }
}
