import { failure, type PosternError } from '../../errors.ts'
import type { Session } from '../../plugin/contract/session.ts'
import type { ClientRequest, ClientResponse } from '../message/client-message.ts'
import { cutUpload } from '../message/cut-upload.ts'
import { bodyLength, CHUNKED, hostOf } from '../message/framing.ts'
import { HeaderList } from '../message/header-list.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { EMPTY_PAYLOAD, NO_PAYLOAD, type Payload } from '../message/payload.ts'
import { PreparedHeaders } from '../message/prepared-headers.ts'
import { RequestBody } from '../message/request-body.ts'
import { idOf } from '../message/request-ids.ts'
import { RulePaths } from '../rules/rule-paths.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ContextData } from '../values/context-data.ts'
import type { Api, ApiVersion } from './api.ts'
import type { ApiDirectory, Arrival, ListenerLife, Upgrade } from './arrival.ts'
import type { Chain } from './chain.ts'
import type { Detail } from './detail.ts'
import { Draft } from './draft.ts'
import type { PhaseSet } from './phases.ts'
import type { Loop, Place, Rewritten } from './place.ts'
import type { LeftSession, PluginFailure, PluginPlace, PluginSession } from './plugin-marks.ts'
import type { Recording } from './recording.ts'
import type { Trace } from './trace.ts'
import type { CallOutcome, UpstreamCall } from './upstream-call.ts'

/** One request on its way through its API, and everything that belongs to it alone. */
export class Exchange {
  readonly incoming: ClientRequest
  readonly outgoing: ClientResponse
  readonly scheme: 'http' | 'https'
  readonly upgrade: Upgrade | null
  readonly life: Readonly<ListenerLife>
  readonly directory: ApiDirectory
  readonly startedAt = performance.now()
  /** The raw path as the client sent it. */
  readonly clientPath: string

  /** The API that serves it, and where its path and query stand; another one's once it has looped there. */
  api: Api
  path: string
  query: string
  normalPath: string
  listenLength: number
  /** The listen path as it stands in the normal path, without a slash at its end. */
  listenPath: string
  /** Whether the listen path is taken off before the upstream's path is put in front. */
  stripListenPath: boolean
  /** How much of the raw path behind the listen path names a version, and whether that goes no further. */
  versionLength = 0
  stripVersion = false
  /** The segment of the normal path that names the version, for instance `/v1`; '' where there is none. */
  versionSegment = ''
  /** The version that serves it; '' as long as that is not known. */
  version: string
  /** Whether the request came to its API as one of the versions of another. */
  isVersion = false
  /** Whether it came to where it is by a loop (`tyk://`) of an API's. */
  looped = false
  upstream: Upstream
  /** What happens to the upstream's response: of the API, or of the version that serves the request; null where nothing does. */
  responseChain: Chain | null
  /** What is recorded of it; of the API, or the version, likewise. */
  recording: Recording

  /** What plugins see and change; null on a chain without plugins. */
  draft: Draft | null = null
  /** How many plugins are waiting in `next()`: while there is one, the response is held for it. */
  waiting = 0
  /** The session of the key that authenticated the request. Other requests may have the same object: it is not changed. */
  session: Session | undefined = undefined
  /** The key that authenticated the request; '' if none. */
  token = ''
  /** The claims of the token that authenticated the request (JWT), by name; null if none did. */
  claims: Readonly<Record<string, unknown>> | null = null
  /** What a plugin has made of the session, or put in its place; null where none has. */
  pluginSession: PluginSession | null = null
  /** Sessions that plugins wanted stored before the request got one of another key, oldest first; null where there are none. */
  leftSessions: LeftSession[] | null = null
  /** What a step failed with, for those that wait in `next()` (`c.error`). */
  error: unknown = undefined
  /** The plugin whose answer it got, in place of the upstream's or of what else the gateway would have answered; null where none answered. */
  answeredBy: PluginPlace | null = null
  /** The plugins that failed, in that order; null where none did. */
  pluginFailures: PluginFailure[] | null = null
  /** Whether the cache has answered it. */
  fromCache = false
  /** What is recorded of it whole; null where nothing is. */
  detail: Detail | null = null
  call: UpstreamCall | null = null
  /** How long the upstream may take to begin its response, all attempts together, in milliseconds; 0: what its API has. */
  timeoutMs = 0
  /** Who is told how the call to the upstream ends; null where nobody is. */
  outcome: CallOutcome | null = null
  /** What variables of the definition read of the request later; null where none does. */
  context: ContextData | null = null
  /** How many loops it has gone through. */
  loops = 0
  /** How many it may go through; null where no loop has said. */
  loopLimit: number | null = null
  /** Where it goes in place of its own path and query; null: there. */
  rewritten: Rewritten | null = null
  /** The URL that a plugin has given it, as far as a rewrite or a loop has heeded that; null for the client's. */
  settledUrl: string | null = null
  /** The API that it goes on to at the end of its chain; null for none. */
  loop: Loop | null = null
  /** The phases that it does not go through. */
  leftOut: PhaseSet = 0
  /** The method that the upstream gets in place of the request's; null for none. */
  upstreamMethod: string | null = null
  /** Names, in lower case, of `X-Forwarded-*` headers that the gateway is not to add itself; null for none. */
  withheld: ReadonlySet<string> | null = null
  /** What watches the steps; null where nobody does. */
  trace: Trace | null = null
  #expectsContinue: boolean
  #body: RequestBody | null | undefined = undefined
  #requestId: string | null = null
  /** What is prepared before there is a draft, which then takes it over. */
  #prepared: PreparedHeaders | null = null
  /** What plugins have of a session that is shared. */
  #copy: { readonly of: Session; readonly session: Session } | null = null
  #strippedPath: string | null = null
  #rulePaths: RulePaths | null = null
  /** The client's URL, where path and query are no longer what it sent. */
  #url: string | null = null
  #aborter: AbortController | null = null
  #gone = false

  constructor(arrival: Arrival) {
    this.api = arrival.api
    this.incoming = arrival.incoming
    this.outgoing = arrival.outgoing
    this.clientPath = arrival.path
    this.path = arrival.path
    this.query = arrival.query
    this.normalPath = arrival.normalPath
    this.listenLength = arrival.listenLength
    this.scheme = arrival.scheme
    this.upgrade = arrival.upgrade
    this.life = arrival.life
    this.directory = arrival.directory
    this.listenPath = arrival.api.listenPrefix
    this.stripListenPath = arrival.api.stripListenPath
    this.version = arrival.api.version
    this.upstream = arrival.api.upstream
    this.responseChain = arrival.api.responseChain
    this.recording = arrival.api.recording
    this.#expectsContinue = arrival.expectsContinue
  }

  /** The client's, where the configuration has it taken, or a UUIDv7; made when somebody asks for it. */
  get requestId(): string {
    this.#requestId ??= idOf(this.incoming.rawHeaders, this.life.requestIds)
    return this.#requestId
  }

  /** The request's method as it stands: a plugin may have changed it. */
  get method(): string {
    return this.draft?.request.method ?? (this.incoming.method as string)
  }

  /** The request's headers as they stand, for reading. */
  get requestHeaders(): Headers {
    return this.draft?.request.headers ?? new HeaderList(this.incoming.rawHeaders)
  }

  /** The path that path rules go by, without the listen path. */
  get strippedPath(): string {
    this.#strippedPath ??= this.normalPath.slice(this.listenPath.length) || '/'
    return this.#strippedPath
  }

  /** What path rules are tried against. */
  get rulePaths(): RulePaths {
    this.#rulePaths ??= this.#openRulePaths()
    return this.#rulePaths
  }

  #openRulePaths(): RulePaths {
    const { listenPath, listenLength, versionSegment, versionLength, path, normalPath } = this
    const raw = path.slice(listenLength + versionLength)
    return new RulePaths({ listenPath, versionSegment, raw, normal: normalPath.slice(listenPath.length + versionSegment.length) })
  }

  /** Has a version serve the request: of the API that it is in, or another API. */
  serveAs(version: ApiVersion): void {
    this.version = version.version
    this.upstream = version.upstream
    this.responseChain = version.responseChain
    this.recording = version.recording
  }

  /** Has an API serve the request from its beginning. Of the URL plugins go on to see what the client sent. */
  moveTo(api: Api, { path, query, normalPath, listenLength }: Place): void {
    this.#url ??= this.url
    this.api = api
    this.path = path
    this.query = query
    this.normalPath = normalPath
    this.listenLength = listenLength
    this.listenPath = listenLength > 0 ? api.listenPrefix : ''
    this.stripListenPath = api.stripListenPath
    this.versionLength = 0
    this.stripVersion = false
    this.versionSegment = ''
    this.isVersion = false
    this.serveAs(api)
    this.rewritten = null
    this.loop = null
    this.upstreamMethod = null
    this.context = null
    this.#strippedPath = null
    this.#rulePaths = null
  }

  /** The client's URL, path and query as they were sent. */
  get url(): string {
    return this.#url ?? `${this.scheme}://${hostOf(this.incoming.rawHeaders) || 'localhost'}${this.path}${this.query}`
  }

  /** Whether the client has gone away. */
  get gone(): boolean {
    return this.#gone
  }

  /** Aborts when the client goes away. */
  get signal(): AbortSignal {
    if (!this.#aborter) {
      this.#aborter = new AbortController()
      if (this.#gone) this.#aborter.abort(failure('client_closed', undefined))
    }
    return this.#aborter.signal
  }

  /** The session for plugins, who may change it: a copy, unless a plugin has set it. */
  get ownSession(): Session | undefined {
    const { session } = this
    if (session === undefined || this.pluginSession) return session
    if (this.#copy?.of !== session) this.#copy = { of: session, session: structuredClone(session) }
    return this.#copy.session
  }

  /** Makes the session of a key that authenticates the request its own, in place of what a plugin has set. */
  identify(session: Session, token: string): void {
    this.#leaveSession()
    this.session = session
    this.token = token
    this.pluginSession = null
  }

  /** What a plugin wanted stored is stored, whoever calls in the end. */
  #leaveSession(): void {
    const { pluginSession, token } = this
    if (!pluginSession?.save) return
    this.leftSessions ??= []
    this.leftSessions.push({ session: pluginSession.given, key: token })
  }

  /**
   * Takes a session from a plugin.
   *
   * @param key '' leaves the key as it is
   * @param save whether it is to be stored under the key
   */
  takeSession(session: Session, key: string, save: boolean): void {
    const before = this.pluginSession
    const sameKey = key === '' || key === this.token
    const origin = sameKey ? (before ? before.origin : this.session) : undefined
    if (!sameKey) this.#leaveSession()
    const saveBoth = sameKey && before?.save === true
    this.pluginSession = { given: session, origin, save: save || saveBoth, applied: false }
    this.session = session
    if (!sameKey) this.token = key
  }

  /** Notes that a plugin has not done its work. */
  noteFailure(plugin: PluginPlace, error: PosternError, skipped: boolean): void {
    this.trace?.note(skipped ? 'skipped' : 'threw', error)
    this.pluginFailures ??= []
    this.pluginFailures.push({ plugin, code: error.code, skipped })
  }

  /** What plugins see and change, made on first use. */
  openDraft(): Draft {
    this.draft ??= this.#openDraft()
    return this.draft
  }

  #openDraft(): Draft {
    const draft = new Draft(this.#openRequest(), this.api.maxPluginBody)
    draft.prepared = this.#prepared
    return draft
  }

  /** Headers for the response that is yet to come, whoever makes it; null where there are none. */
  get prepared(): PreparedHeaders | null {
    return this.draft === null ? this.#prepared : this.draft.prepared
  }

  /** The same, to add to. */
  openPrepared(): PreparedHeaders {
    const prepared = this.prepared ?? new PreparedHeaders()
    if (this.draft === null) this.#prepared = prepared
    else this.draft.prepared = prepared
    return prepared
  }

  #openRequest(): LazyRequest {
    return new LazyRequest({
      method: this.incoming.method as string,
      url: () => this.url,
      headers: new HeaderList(this.incoming.rawHeaders.slice()),
      body: () => this.body,
      signal: () => this.signal,
    })
  }

  /** The client's body; null if the request has none (RFC 9112 §6.3). */
  get body(): RequestBody | null {
    if (this.#body === undefined) this.#body = this.#openBody()
    return this.#body
  }

  #openBody(): RequestBody | null {
    const length = bodyLength(this.incoming)
    if (length !== CHUNKED && length <= 0) return null
    return new RequestBody({
      incoming: this.incoming,
      length: length === CHUNKED ? null : length,
      limit: this.api.maxPluginBody,
      ceiling: this.life.limits.requestBody,
      onCeiling: () => this.#refuseUpload(),
      beforeRead: () => this.continue(),
    })
  }

  #refuseUpload(): PosternError {
    cutUpload(this.incoming, this.outgoing)
    return failure('request_limit', { limit: this.life.limits.requestBody })
  }

  /** The client's body as it goes upstream. */
  payload(): Payload | Promise<Payload> {
    if (this.body) return this.body.payload()
    return bodyLength(this.incoming) === 0 ? EMPTY_PAYLOAD : NO_PAYLOAD
  }

  /** Tells a client that waits for it to send its body. */
  continue(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    this.outgoing.writeContinue()
  }

  /** Whether the client still waits to be told to send its body. */
  get awaitsContinue(): boolean {
    return this.#expectsContinue
  }

  /** The client has gone away: what runs for it is stopped. */
  leave(): void {
    this.#gone = true
    const reason: PosternError = failure('client_closed', undefined)
    this.call?.abort(reason)
    this.#aborter?.abort(reason)
  }
}
