import { failure } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Api } from '../../chain/api.ts'
import type { Chain } from '../../chain/chain.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { type PhaseSet, phaseSet } from '../../chain/phases.ts'
import type { Loop, Place } from '../../chain/place.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { LazyRequest } from '../../message/lazy-request.ts'
import { settleUrl } from '../../proxy/target.ts'
import { normalisePath, rawLength } from '../../router/normal-path.ts'
import type { SessionKeeper } from '../session/session-keeper.ts'

/** How many loops a request may go through unless the first of them says otherwise. */
const MOST_LOOPS = 5

/** Whoever has been let into an API is, as long as it stays there. */
const AUTHENTICATION = phaseSet(['basic_auth', 'jwt', 'auth_check', 'auth_token'])
const LIMITS = phaseSet(['limits', 'api_limits'])

/** Has a request that a rewrite sends to an API served by the chain of that API. */
export class LoopStep implements Step {
  readonly name = 'loop'
  readonly phase = 'loop'
  readonly #keeper: Pick<SessionKeeper, 'keep'>

  constructor(keeper: Pick<SessionKeeper, 'keep'>) {
    this.#keeper = keeper
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { loop, api } = exchange
    if (!loop) return 'go-on'
    const limit = exchange.loopLimit ?? loop.limit ?? MOST_LOOPS
    if (exchange.loops >= limit) return refuse(exchange, failure('loop_too_deep', { limit }))
    const target = loop.to === 'self' ? api : exchange.directory.find(loop.to)
    if (!target) return refuseUnknown(exchange, loop)
    exchange.loopLimit ??= loop.limit
    const isNew = target !== api
    // What another API has found out about who calls counts for nothing there, unless it does not ask.
    const forget = isNew && !target.keyless
    if (forget && exchange.pluginSession?.save) {
      return this.#keeper.keep(exchange).then(() => enter(exchange, loop, { target, forget }))
    }
    return enter(exchange, loop, { target, forget })
  }
}

function refuseUnknown(exchange: Exchange, { to }: Loop): Verdict {
  const error = failure('loop_target_missing', { target: to })
  exchange.api.log.warn({ err: error, path: exchange.clientPath }, error.message)
  return refuse(exchange, error)
}

function enter(exchange: Exchange, loop: Loop, { target, forget }: { target: Api; forget: boolean }): Verdict | Promise<Verdict> {
  const method = loop.method ?? exchange.upstreamMethod
  const query = loop.query ?? exchange.query
  const isSelf = target === exchange.api
  if (forget) {
    exchange.session = undefined
    exchange.token = ''
    exchange.pluginSession = null
    exchange.claims = null
  }
  settleUrl(exchange)
  exchange.moveTo(target, placeIn(target, loop.path, query))
  exchange.looped = true
  exchange.loops += 1
  exchange.leftOut = leftOut(loop, isSelf && exchange.session !== undefined)
  if (method !== null) setMethod(exchange, method)
  return done(target.chain.run(exchange))
}

function leftOut({ checkLimits }: Loop, authenticated: boolean): PhaseSet {
  return (authenticated ? AUTHENTICATION : 0) | (checkLimits ? 0 : LIMITS)
}

function done(running: ReturnType<Chain['run']>): Verdict | Promise<Verdict> {
  return running ? running.then(() => 'done') : 'done'
}

/** The path of a loop need not have the API's listen path; if it has it, that is what it is. */
function placeIn({ listenPrefix: prefix }: Api, path: string, query: string): Place {
  const { decoded, normal } = normalisePath(path)
  const begins = decoded === prefix || decoded.startsWith(`${prefix}/`)
  return { path, query, normalPath: normal, listenLength: begins ? rawLength(path, decoded, prefix.length) : 0 }
}

/** From here on rules and plugins see the other method. */
function setMethod(exchange: Exchange, method: string): void {
  const draft = exchange.openDraft()
  if (draft.request instanceof LazyRequest) draft.request = draft.request.withMethod(method)
  else Object.defineProperty(draft.request, 'method', { value: method, configurable: true })
}
