import { isDeepStrictEqual } from 'node:util'
import { failure } from '../../../errors.ts'
import { Draft } from '../../../request/chain/draft.ts'
import type { LazyRequest } from '../../../request/message/lazy-request.ts'
import type { ContextExchange } from '../../context.ts'
import type { Session } from '../../contract/index.ts'
import { isClonable } from '../clonable.ts'
import type { CallSetup, Variable } from '../protocol.ts'

/** One request as the plugins of a worker see it: what the gateway's own exchange is to plugins that run inline. */
export class WorkerExchange implements ContextExchange {
  readonly api: ContextExchange['api']
  readonly requestId: string
  readonly incoming: object
  readonly outgoing = {}
  readonly variables = new Variables()
  draft: Draft
  session: Session | undefined = undefined
  token = ''
  saveSession = false
  sessionsSet = 0
  error: unknown = undefined

  constructor({ apiId, requestId, remote, state }: CallSetup, request: LazyRequest, maxPluginBody: number) {
    this.api = { id: apiId, maxPluginBody }
    this.requestId = requestId
    const socket = { remoteAddress: remote.address, remotePort: remote.port, remoteFamily: remote.family }
    this.incoming = { method: state.request.method, url: state.request.url, rawHeaders: state.request.headers, socket }
    this.draft = new Draft(request, maxPluginBody)
    this.draft.variables = this.variables
  }

  get signal(): AbortSignal {
    return this.draft.request.signal
  }

  get ownSession(): Session | undefined {
    return this.session
  }

  takeSession(session: Session, key: string, save: boolean): void {
    this.session = session
    if (key !== '') this.token = key
    this.saveSession ||= save
    this.sessionsSet += 1
  }

  openDraft(): Draft {
    return this.draft
  }
}

/** Stands for a variable whose value did not fit through to this thread. */
const LEFT_BEHIND = Symbol('left behind')

/** What plugins `c.set()` for one another. Here it has to be something that can be copied. */
export class Variables extends Map<string, unknown> {
  override set(name: string, value: unknown): this {
    if (!isClonable(value)) throw failure('worker_variable_refused', { name })
    return super.set(name, value)
  }

  override get(name: string): unknown {
    const value = super.get(name)
    if (value === LEFT_BEHIND) throw failure('worker_variable_left', { name })
    return value
  }

  receive([name, value, isCopied]: Variable): void {
    // What a plugin holds in its hand stays the same object where it has not changed.
    if (isCopied && isDeepStrictEqual(super.get(name), value)) return
    super.set(name, isCopied ? value : LEFT_BEHIND)
  }

  /** What another thread is to know. */
  copies(): Variable[] {
    return [...this].flatMap(([name, value]) => {
      if (value === LEFT_BEHIND) return []
      if (!isClonable(value)) throw failure('worker_variable_refused', { name })
      return [[name, value, true]]
    })
  }
}
