import { failure, isFailure, type PosternError, property } from '../errors.ts'
import type { Logger } from '../log.ts'
import { errorResponse } from '../request/answer/error-body.ts'
import { refuse } from '../request/answer/refuse.ts'
import type { Chain } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Phase } from '../request/chain/phases.ts'
import type { Step, Verdict } from '../request/chain/step.ts'
import type { Sessions } from '../request/steps/session/sessions.ts'
import type { Admission } from './breaker.ts'
import { type ContextExchange, type ContextOwner, PluginContext } from './context.ts'
import type { ApiDefinition, Log, Plugin } from './contract/index.ts'
import { Deadline } from './deadline.ts'
import { type PluginOwner, runAs } from './owner.ts'
import { pluginLog } from './plugin-log.ts'
import type { CallEnd, PluginMeter } from './plugin-meter.ts'
import type { PluginState } from './plugin-state.ts'
import { reasonOf } from './protection/refused-change.ts'

/** One use of a plugin: which export, in which hook, with what configuration. */
export interface PluginStepOptions {
  readonly name: string
  readonly hook: Phase
  readonly handler: Plugin
  readonly owner: PluginOwner
  readonly config: unknown
  readonly onError: 'fail' | 'skip'
  readonly timeoutMs: number
  readonly state: PluginState
  /** Is told how its calls end, and how long they take; null where nobody wants to know. */
  readonly meter: PluginMeter | null
  /** Has the policies of a session applied that the plugin sets. */
  readonly sessions: Pick<Sessions, 'apply'>
  readonly definition: ApiDefinition
  /** Logs an error of the plugin's, with its stack mapped to the source. */
  readonly report: (log: Logger, error: PosternError, thrown: unknown) => void
}

/** A plugin as a step of a chain. */
export class PluginStep implements Step, ContextOwner {
  readonly name: string
  readonly phase: Phase
  readonly config: unknown
  readonly definition: ApiDefinition
  readonly #options: PluginStepOptions

  constructor(options: PluginStepOptions) {
    this.name = options.name
    this.phase = options.hook
    this.config = options.config
    this.definition = options.definition
    this.#options = { ...options, owner: { ...options.owner, use: options.state.identity.id } }
  }

  run(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
    const admission = this.#options.state.begin()
    if (admission === null) return this.#refuse(exchange)
    return new PluginCall(this.#options, this, exchange, admission, () => chain.run(exchange, index + 1)).run()
  }

  /** The breaker is open: what a failed call would do, without the call. */
  #refuse(exchange: Exchange): Verdict {
    const { name, hook, onError, state } = this.#options
    const error = failure('plugin_breaker_open', { plugin: name, hook, reason: state.reason })
    exchange.noteFailure(this, error, onError === 'skip')
    if (onError === 'skip') return 'go-on'
    exchange.error = error
    exchange.api.log.debug({ export: name, hook, request_id: exchange.requestId }, error.message)
    exchange.openDraft().replace(errorResponse(exchange, error))
    return 'done'
  }

  logFor(exchange: ContextExchange): Log {
    return pluginLog(this.#logger(exchange))
  }

  #logger(exchange: ContextExchange): Logger {
    return this.#options.owner.log.child({ api_id: exchange.api.id, request_id: exchange.requestId })
  }

  waitUntil(work: Promise<unknown>): void {
    work.catch((thrown) => this.#options.owner.log.error({ err: thrown }, 'Work that the plugin left behind failed'))
  }

  /** Notes a plugin's failure, and logs it with everything that tells where it comes from. */
  fault(exchange: Exchange, thrown: unknown, error: PosternError, skipped: boolean): void {
    const { name, hook, owner, report } = this.#options
    const log = owner.log.child({ export: name, hook, api_id: exchange.api.id, request_id: exchange.requestId })
    report(log, error, thrown)
    exchange.noteFailure(this, error, skipped)
  }
}

/** One call of a plugin. */
class PluginCall {
  readonly #options: PluginStepOptions
  readonly #step: PluginStep
  readonly #exchange: Exchange
  readonly #admission: Admission
  readonly #rest: () => void | Promise<void>
  readonly #context: PluginContext
  #nextCalled = false
  #inNext: Promise<void> | null = null
  #deadline: Deadline | null = null
  #overdue = false
  /** When the plugin was called, moved on by the time that it waits in `next()`; 0 where nobody wants to know. */
  #startedAt = 0

  constructor(
    options: PluginStepOptions,
    step: PluginStep,
    exchange: Exchange,
    admission: Admission,
    rest: () => void | Promise<void>,
  ) {
    this.#options = options
    this.#step = step
    this.#exchange = exchange
    this.#admission = admission
    this.#rest = rest
    this.#context = new PluginContext(exchange, step)
  }

  run(): Verdict | Promise<Verdict> {
    const { handler, owner, meter } = this.#options
    if (meter) this.#startedAt = performance.now()
    try {
      const returned: unknown = runAs(owner, handler, this.#context as never, this.#next)
      if (isThenable(returned)) return this.#await(returned)
      if (this.#inNext) return this.#await(this.#inNext.then(() => returned))
      return this.#conclude(returned)
    } catch (thrown) {
      if (this.#inNext) return this.#inNext.then(() => this.#fail(thrown))
      return this.#fail(thrown)
    }
  }

  /** `next`: the rest of the chain, once. The response is held meanwhile, and the plugin's time stands still. */
  readonly #next = async (): Promise<void> => {
    const plugin = this.#options.name
    if (this.#nextCalled) throw failure('plugin_next_repeated', { plugin })
    if (this.#overdue) throw failure('plugin_next_late', { plugin })
    this.#nextCalled = true
    this.#deadline?.pause()
    this.#exchange.waiting += 1
    const since = this.#options.meter ? performance.now() : 0
    this.#inNext = Promise.resolve(this.#applyPolicies() ? runAs(null, this.#rest) : undefined).finally(() => {
      this.#exchange.waiting -= 1
      this.#inNext = null
      if (since > 0) this.#startedAt += performance.now() - since
      this.#deadline?.resume()
    })
    await this.#inNext
  }

  /** Waits for an asynchronous plugin, as long as it may take. */
  #await(returned: PromiseLike<unknown>): Promise<Verdict> {
    const { name, hook, timeoutMs } = this.#options
    return new Promise<Verdict>((resolve) => {
      this.#deadline = new Deadline(timeoutMs, () => {
        this.#overdue = true
        const timeout = failure('plugin_timeout', { plugin: name, hook, timeoutMs })
        this.#context.cutOff(timeout)
        resolve(this.#fail(timeout))
      })
      if (this.#inNext) this.#deadline.pause()
      returned.then(
        (value) => this.#settle(() => this.#conclude(value), resolve),
        (thrown) => this.#settle(() => this.#fail(thrown), resolve),
      )
    })
  }

  /** Ends the call, unless its time was up before; a plugin that did not wait for `next()` is waited for. */
  #settle(end: () => Verdict | Promise<Verdict>, resolve: (verdict: Verdict | Promise<Verdict>) => void): void {
    if (this.#overdue) return
    this.#deadline?.stop()
    if (this.#inNext) resolve(this.#inNext.then(end))
    else resolve(end())
  }

  #conclude(returned: unknown): Verdict {
    if (returned !== undefined && returned !== null) {
      if (!isResponse(returned)) {
        return this.#fail(failure('plugin_result_invalid', { plugin: this.#options.name, found: kindOf(returned) }))
      }
      this.#exchange.openDraft().replace(returned)
    }
    this.#options.state.succeeded(this.#admission)
    const answered = !this.#nextCalled && this.#options.hook !== 'response' && this.#exchange.draft?.response
    this.#measure(answered ? 'answered' : 'passed')
    if (this.#nextCalled) return 'done'
    // In the response hook there always is a response, and the plugins that follow see what this one made of it.
    if (this.#options.hook === 'response') return 'go-on'
    if (answered) {
      this.#exchange.answeredBy = this.#step
      return 'done'
    }
    return this.#applyPolicies() ? 'go-on' : 'done'
  }

  /** Applies the policies of a session that the plugin has set. Where that fails the request is refused, and false returned. */
  #applyPolicies(): boolean {
    const exchange = this.#exchange
    const made = exchange.pluginSession
    if (!made || made.applied || this.#options.hook === 'response') return true
    made.applied = true
    try {
      exchange.session = this.#options.sessions.apply(made.given)
      return true
    } catch (thrown) {
      made.save = false
      this.#step.fault(exchange, thrown, thrown as PosternError, false)
      refuse(exchange, thrown as PosternError)
      return false
    }
  }

  #fail(thrown: unknown): Verdict {
    const exchange = this.#exchange
    const answer = answerOf(thrown)
    if (answer) {
      this.#options.state.succeeded(this.#admission)
      this.#measure('answered')
      exchange.error = thrown
      exchange.answeredBy = this.#step
      exchange.openDraft().replace(answer)
      return 'done'
    }
    const { name, hook, onError } = this.#options
    const reason = reasonOf(thrown)
    const error = isFailure(thrown, 'plugin_timeout') ? thrown : failure('plugin_threw', { plugin: name, hook, reason }, thrown)
    this.#count(thrown, error)
    const skipped = onError === 'skip' && !isFailure(thrown, 'request_body_too_large')
    this.#step.fault(exchange, thrown, error, skipped)
    if (skipped) return this.#nextCalled || !this.#applyPolicies() ? 'done' : 'go-on'
    exchange.error = thrown
    exchange.answeredBy = null
    const shown = isFailure(thrown) ? thrown : error
    exchange.openDraft().replace(errorResponse(exchange, shown))
    return 'done'
  }

  /** A client that leaves, or sends too large a body, shall not be able to open the breaker for the others. */
  #count(thrown: unknown, error: PosternError): void {
    const { state } = this.#options
    const isTimeout = isFailure(thrown, 'plugin_timeout')
    const isClients = !isTimeout && (this.#exchange.gone || (isFailure(thrown) && thrown.status < 500))
    if (isClients) state.abandoned(this.#admission)
    else state.failed(this.#admission, error.message, isTimeout)
    this.#measure(isClients ? 'abandoned' : isTimeout ? 'timeout' : 'failed')
  }

  #measure(end: CallEnd): void {
    this.#options.meter?.called(end, performance.now() - this.#startedAt)
  }
}

/** The response that an HTTPException carries, recognised by shape: it may come from the plugin's own copy of Hono. */
function answerOf(thrown: unknown): Response | undefined {
  if (typeof property(thrown, 'status') !== 'number' || typeof property(thrown, 'getResponse') !== 'function') return undefined
  try {
    const response: unknown = (thrown as { getResponse(): unknown }).getResponse()
    return isResponse(response) ? response : undefined
  } catch {
    return undefined
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function isResponse(value: unknown): value is Response {
  return value instanceof Response
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'an object') : typeof value
}
