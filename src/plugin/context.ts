// One class, over 250 lines: it is the one object that a plugin sees, and has to have all of Hono's Context.
import { Context } from 'hono'
import { failure } from '../errors.ts'
import type { Draft } from '../request/chain/draft.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import { HeaderList, linesOf } from '../request/message/header-list.ts'
import { LazyRequest } from '../request/message/lazy-request.ts'
import { type Content, LazyResponse } from '../request/message/lazy-response.ts'
import { PreparedHeaders } from '../request/message/prepared-headers.ts'
import { type ContextPort, PORT } from './contract/ctx.ts'
import type { ApiDefinition, Log, Session } from './contract/index.ts'
import { PluginRequest } from './plugin-request.ts'
import { isReserved, refuseReserved, type VariableSources, variablesOf } from './plugin-variables.ts'

/** What a context needs of its exchange: the gateway's own, or what stands for it in a worker. */
export interface ContextExchange
  extends Pick<Exchange, 'draft' | 'openDraft' | 'ownSession' | 'token' | 'takeSession' | 'error' | 'requestId' | 'signal'> {
  readonly api: { readonly id: string; readonly maxPluginBody: number }
  readonly incoming: unknown
  readonly outgoing: unknown
}

/** Where a context shows the gateway's own code what it works on; no plugin can ask for it by name. */
export const INSIDE = Symbol('postern.inside')

/** What a context works on. */
export interface ContextInside {
  readonly draft: Draft
  readonly exchange: ContextExchange
  /** Whether the plugin's time is up: the others go on without what it does. */
  readonly isCutOff: boolean
}

/** What a context knows of the plugin it was made for. */
export interface ContextOwner {
  readonly config: unknown
  readonly definition: ApiDefinition
  /** A logger for one request. */
  logFor(exchange: ContextExchange): Log
  /** Takes a promise that outlives the request (`c.executionCtx.waitUntil`). */
  waitUntil(work: Promise<unknown>): void
}

type HeaderRecord = Record<string, string | string[]>
type ResponseInit = { status?: number; statusText?: string; headers?: ConstructorParameters<typeof Headers>[0] }
type Data = string | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array> | Blob | null

const TEXT = 'text/plain; charset=UTF-8'
const JSON_TYPE = 'application/json'
const HTML = 'text/html; charset=UTF-8'

/**
 * `c`: Hono's Context as one plugin sees it during one call. Every plugin has its own over the request's one draft, so
 * that `c.var.config` is always the plugin's own, and a call that overran its time can be cut off.
 *
 * It is `instanceof Context` and has all of its members, but holds nothing of Hono's: assigning `c.res` replaces, where
 * Hono's setter would merge. Methods are getters that return functions, for they may be taken apart (`const { json } = c`).
 */
export class PluginContext implements VariableSources, ContextPort {
  readonly #exchange: ContextExchange
  readonly #owner: ContextOwner
  #cutOff: Draft | null = null
  /** Why the plugin was cut off. */
  #cutOffReason: Error | null = null
  #aborter: AbortController | null = null
  #signal: AbortSignal | null = null
  /** The client's request as this plugin sees it, and as the draft has it. */
  #view: LazyRequest | null = null
  #viewed: Request | null = null
  #request: PluginRequest | null = null
  #status: number | undefined = undefined
  #log: Log | null = null
  #layout: unknown = undefined
  #renderer: ((...args: unknown[]) => unknown) | null = null

  constructor(exchange: ContextExchange, owner: ContextOwner) {
    this.#exchange = exchange
    this.#owner = owner
  }

  get #draft(): Draft {
    return this.#cutOff ?? this.#exchange.openDraft()
  }

  get [INSIDE](): ContextInside {
    return { draft: this.#draft, exchange: this.#exchange, isCutOff: this.#cutOff !== null }
  }

  /** Cuts the plugin off: the others go on with a draft that it does not have, and what it started is told to stop. */
  cutOff(reason: Error): void {
    this.#cutOff = this.#exchange.openDraft()
    this.#exchange.draft = this.#cutOff.fork()
    this.#cutOffReason = reason
    this.#aborter?.abort(reason)
  }

  // The request

  get req(): PluginRequest {
    this.#request ??= new PluginRequest(this)
    return this.#request
  }

  /** The request as it stands (`c.req.raw`). */
  get request(): Request {
    const { request } = this.#draft
    if (!(request instanceof LazyRequest)) return request
    if (this.#view === null || this.#viewed !== request) {
      this.#view = request.withSignal(() => this.#ownSignal)
      this.#viewed = request
    }
    return this.#view
  }

  set request(request: Request) {
    if (!(request instanceof Request)) throw failure('plugin_request_invalid', { found: typeof request })
    this.#draft.request = request === this.#view && this.#viewed ? this.#viewed : request
  }

  /** Aborts when the client goes away, and when this plugin's time is up. */
  get #ownSignal(): AbortSignal {
    if (!this.#signal) {
      this.#aborter = new AbortController()
      if (this.#cutOffReason) this.#aborter.abort(this.#cutOffReason)
      this.#signal = AbortSignal.any([this.#exchange.signal, this.#aborter.signal])
    }
    return this.#signal
  }

  // The response

  get res(): Response {
    const draft = this.#draft
    if (draft.response) return draft.response
    // Before there is one, its headers are those that the final response will get.
    const headers = this.#prepare(draft)
    return new LazyResponse({ status: 200, statusText: '', headers, content: null, limit: this.#exchange.api.maxPluginBody })
  }

  set res(response: Response | undefined) {
    if (response !== undefined) this.#draft.replace(response)
  }

  get finalized(): boolean {
    return this.#draft.response !== null
  }

  /** What a later step failed with. */
  get error(): unknown {
    return this.#exchange.error
  }

  #prepare(draft: Draft): PreparedHeaders {
    draft.prepared ??= new PreparedHeaders()
    return draft.prepared
  }

  get header() {
    return (name: string, value?: string, options?: { append?: boolean }): void => {
      const draft = this.#draft
      const headers = draft.response?.headers ?? this.#prepare(draft)
      if (value === undefined) headers.delete(name)
      else if (options?.append) headers.append(name, value)
      else headers.set(name, value)
    }
  }

  get status() {
    return (status: number): void => {
      this.#status = status
    }
  }

  /** Builds a response: prepared headers, then those of the call, which win. */
  #respond(data: Data, init: number | ResponseInit | undefined, headers: HeaderRecord | undefined, type?: string): Response {
    const list = new HeaderList(this.#draft.prepared?.raw.slice() ?? [])
    if (type !== undefined) list.set('Content-Type', type)
    if (typeof init === 'object' && init.headers) overwrite(list, new Headers(init.headers))
    if (headers) overwriteRecord(list, headers)
    const status = (typeof init === 'number' ? init : init?.status) ?? this.#status ?? 200
    const statusText = typeof init === 'object' ? (init.statusText ?? '') : ''
    const limit = this.#exchange.api.maxPluginBody
    const response = new LazyResponse({ status, statusText, headers: list, content: contentOf(data, list), limit })
    response.prepared = true
    return response
  }

  get newResponse() {
    return (data: Data, init?: number | ResponseInit, headers?: HeaderRecord) => this.#respond(data, init, headers)
  }

  get body() {
    return (data: Data, init?: number | ResponseInit, headers?: HeaderRecord) => this.#respond(data, init, headers)
  }

  get text() {
    return (text: string, init?: number | ResponseInit, headers?: HeaderRecord) => this.#respond(text, init, headers, TEXT)
  }

  get json() {
    return (value: unknown, init?: number | ResponseInit, headers?: HeaderRecord) =>
      this.#respond(JSON.stringify(value), init, headers, JSON_TYPE)
  }

  get html() {
    return (html: string | Promise<string>, init?: number | ResponseInit, headers?: HeaderRecord) =>
      html instanceof Promise
        ? html.then((text) => this.#respond(String(text), init, headers, HTML))
        : this.#respond(String(html), init, headers, HTML)
  }

  get redirect() {
    return (location: string | URL, status = 302) => {
      const url = String(location)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a header value holds Latin-1 only (RFC 9110 §5.5).
      return this.#respond(null, status, { Location: /[^\x00-\xff]/.test(url) ? encodeURI(url) : url })
    }
  }

  get notFound() {
    return () => this.#respond('404 Not Found', 404, undefined, TEXT)
  }

  // Rendering

  get render() {
    return (...args: unknown[]) => (this.#renderer ? this.#renderer(...args) : this.html(args[0] as string))
  }

  get setRenderer() {
    return (renderer: (...args: unknown[]) => unknown): void => {
      this.#renderer = renderer
    }
  }

  get setLayout() {
    return (layout: unknown): unknown => {
      this.#layout = layout
      return layout
    }
  }

  get getLayout() {
    return (): unknown => this.#layout
  }

  // Variables

  get set() {
    return (name: string, value: unknown): void => {
      refuseReserved(name)
      const draft = this.#draft
      draft.variables ??= new Map()
      draft.variables.set(name, value)
    }
  }

  get get() {
    return (name: string): unknown => (isReserved(name) ? this[name] : this.#draft.variables?.get(name))
  }

  get var(): object {
    return variablesOf(this, this.#draft.variables)
  }

  get config(): unknown {
    return this.#owner.config
  }

  get log(): Log {
    this.#log ??= this.#owner.logFor(this.#exchange)
    return this.#log
  }

  get definition(): ApiDefinition {
    return this.#owner.definition
  }

  get session(): Session | undefined {
    return this.#exchange.ownSession
  }

  get requestId(): string {
    return this.#exchange.requestId
  }

  // The environment

  /** As @hono/node-server has it, so that its `getConnInfo` works. */
  get env(): object {
    return { incoming: this.#exchange.incoming, outgoing: this.#exchange.outgoing }
  }

  get executionCtx(): object {
    return { waitUntil: (work: Promise<unknown>) => this.#owner.waitUntil(work), passThroughOnException: () => {}, props: {} }
  }

  get event(): never {
    throw new Error('This context has no FetchEvent')
  }

  // What `ctx` of postern/plugin reads

  get [PORT](): ContextPort {
    return this
  }

  get token(): string {
    return this.#exchange.token
  }

  setSession(session: Session, key: string | undefined, save: boolean): void {
    if (typeof session !== 'object' || session === null) throw failure('session_invalid', { found: String(session) })
    if (this.#cutOff) return
    if (save && (key ?? this.#exchange.token) === '') throw failure('session_without_key', undefined)
    this.#exchange.takeSession(session, key ?? this.#exchange.token, save)
  }
}

Object.setPrototypeOf(PluginContext.prototype, Context.prototype)

function contentOf(data: Data, headers: HeaderList): Content {
  if (data === null || data === undefined) return null
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof Uint8Array || data instanceof ReadableStream) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  // Whatever else a Response takes: blobs, forms, parameters.
  const response = new Response(data)
  const type = response.headers.get('content-type')
  if (type !== null && !headers.has('content-type')) headers.set('Content-Type', type)
  return response.body
}

function overwrite(list: HeaderList, headers: Headers): void {
  const lines = linesOf(headers)
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string
    if (name.toLowerCase() === 'set-cookie') list.append(name, lines[i + 1] as string)
    else list.set(name, lines[i + 1] as string)
  }
}

function overwriteRecord(list: HeaderList, headers: HeaderRecord): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') list.set(name, value)
    else {
      list.delete(name)
      for (const each of value) list.append(name, each)
    }
  }
}
