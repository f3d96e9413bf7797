import { isDeepStrictEqual } from 'node:util'
import { failure } from '../../../errors.ts'
import { recall } from '../../../request/message/body-source.ts'
import { HeaderList, linesOf } from '../../../request/message/header-list.ts'
import { isInMemory } from '../../../request/message/in-memory.ts'
import { LazyRequest } from '../../../request/message/lazy-request.ts'
import { LazyResponse } from '../../../request/message/lazy-response.ts'
import { PreparedHeaders } from '../../../request/message/prepared-headers.ts'
import type { Session } from '../../contract/index.ts'
import type {
  CallSetup,
  Changes,
  GatewayMethods,
  Lines,
  NewBody,
  NewResponse,
  RequestState,
  ResponseState,
  State,
} from '../protocol.ts'
import { reviveThrown } from '../thrown.ts'
import type { Wire } from '../wire.ts'
import { type GivenStreams, tight } from './given-streams.ts'
import { RemoteRequestBody, RemoteResponseBody } from './remote-bodies.ts'
import { WorkerExchange } from './worker-exchange.ts'

/** What a call is made with. */
export interface CallTools {
  readonly gateway: Wire<GatewayMethods>
  readonly streams: GivenStreams
  readonly maxPluginBody: number
}

/** A request or a response as both sides know it. */
interface Known<Message> {
  readonly message: Message
  readonly headers: Lines
}

/** One call of a plugin in this worker: its exchange, and how that differs from what the gateway knows. */
export class WorkerCall {
  readonly exchange: WorkerExchange
  readonly aborter = new AbortController()
  readonly #setup: CallSetup
  readonly #tools: CallTools
  #request: Known<Request>
  #response: Known<LazyResponse> | null = null
  #prepared: readonly unknown[] = []
  #session: Session | undefined = undefined
  /** How often the plugin had set one when that was told last. */
  #sessionsSet = 0
  #token = ''
  #followed = false

  constructor(setup: CallSetup, tools: CallTools) {
    this.#setup = setup
    this.#tools = tools
    const request = this.#openRequest(setup.state.request)
    this.#request = { message: request, headers: setup.state.request.headers }
    this.exchange = new WorkerExchange(setup, request, tools.maxPluginBody)
    this.receive(setup.state)
  }

  #openRequest({ method, url, headers, hasBody }: RequestState): LazyRequest {
    const body = hasBody ? new RemoteRequestBody(this.#tools.gateway, this.#setup.id) : null
    return new LazyRequest({
      method,
      url: () => url,
      headers: new HeaderList([...headers]),
      body: () => body,
      signal: () => this.#signal(),
    })
  }

  /** The gateway tells of the request's end only if somebody wants to know. */
  #signal(): AbortSignal {
    if (!this.#followed) this.#tools.gateway.tell('followSignal', this.#setup.id)
    this.#followed = true
    return this.aborter.signal
  }

  /** `next()`: the rest of the chain, in the gateway. */
  readonly next = async (): Promise<void> => {
    const changes = await this.takeChanges()
    this.receive(await this.#tools.gateway.ask('next', this.#setup.id, changes))
  }

  /** Takes over what the gateway says has become of the request. */
  receive(state: State): void {
    const { exchange } = this
    const { draft } = exchange
    this.#receiveRequest(state.request)
    this.#receiveResponse(state.response)
    draft.upstreamHeaders = state.upstreamHeaders && new HeaderList([...state.upstreamHeaders])
    if (!isDeepStrictEqual(draft.prepared?.changes ?? [], state.prepared)) draft.prepared = PreparedHeaders.of(state.prepared)
    this.#prepared = state.prepared
    for (const variable of state.variables) exchange.variables.receive(variable)
    // What the plugin holds in its hand stays the same object where it has not changed.
    if (!isDeepStrictEqual(exchange.session, state.session)) exchange.session = state.session
    this.#session = state.session && structuredClone(state.session)
    exchange.token = this.#token = state.token
    exchange.error = state.error === null ? undefined : reviveThrown(state.error)
  }

  #receiveRequest(state: RequestState): void {
    const { draft } = this.exchange
    if (state.same) setLines(this.#request.message.headers, state.headers)
    else draft.request = this.#openRequest(state)
    this.#request = { message: draft.request, headers: state.headers }
  }

  #receiveResponse(state: ResponseState | null): void {
    if (state === null) return
    const { draft } = this.exchange
    if (state.same && this.#response) setLines(this.#response.message.headers, state.headers)
    else draft.response = this.#openResponse(state)
    this.#response = { message: draft.response as LazyResponse, headers: state.headers }
  }

  #openResponse({ status, statusText, headers, hasBody }: ResponseState): LazyResponse {
    const { gateway, maxPluginBody: limit } = this.#tools
    const content = hasBody ? new RemoteResponseBody(gateway, this.#setup.id) : null
    return new LazyResponse({ status, statusText, headers: new HeaderList([...headers]), content, limit })
  }

  /** What the plugin has changed since the gateway was last told. */
  async takeChanges(): Promise<Changes> {
    const { draft, variables } = this.exchange
    const prepared = draft.prepared?.changes ?? []
    const [request, response] = [this.#requestChange(), this.#responseChange()]
    const changes = {
      prepared: isDeepStrictEqual(prepared, this.#prepared) ? null : [...prepared],
      variables: variables.size === 0 ? [] : variables.copies(),
      session: this.#sessionChange(),
    }
    this.#prepared = [...prepared]
    return { ...changes, request: await request, response: await response }
  }

  #sessionChange(): Changes['session'] {
    const { session, token, saveSession: save, sessionsSet } = this.exchange
    if (session === undefined) return null
    if (sessionsSet === this.#sessionsSet && !save && token === this.#token && isDeepStrictEqual(session, this.#session))
      return null
    this.exchange.saveSession = false
    this.#sessionsSet = sessionsSet
    this.#session = structuredClone(session)
    this.#token = token
    return { session, token, save }
  }

  #requestChange(): Changes['request'] | Promise<Changes['request']> {
    const { request } = this.exchange.draft
    const { message: before, headers: linesBefore } = this.#request
    const headers = linesOf(request.headers)
    this.#request = { message: request, headers }
    // A clone of ours is the same request, perhaps with other headers.
    const isSame = request === before || (request instanceof LazyRequest && before instanceof LazyRequest)
    if (isSame) return equal(headers, linesBefore) ? null : { headers }
    const { method, url } = request
    return this.#bodyOfRequest(request).then((body) => ({ method, url, headers, body }))
  }

  async #bodyOfRequest(request: Request): Promise<NewBody> {
    if (request.bodyUsed) throw failure('request_body_used', undefined)
    if (request.body === null) return null
    if (request instanceof LazyRequest || recall(request.body) instanceof RemoteRequestBody) return 'same'
    if (isInMemory(request)) return new Uint8Array(await request.arrayBuffer())
    return { stream: this.#tools.streams.add(request.body) }
  }

  #responseChange(): Changes['response'] | Promise<Changes['response']> {
    const { response } = this.exchange.draft
    if (response === null) return null
    const before = this.#response
    const headers = [...response.headers.raw]
    this.#response = { message: response, headers }
    if (response === before?.message) return equal(headers, before.headers) ? null : { headers }
    return this.describeResponse(response)
  }

  /** A response that a plugin made. */
  async describeResponse(response: LazyResponse): Promise<NewResponse> {
    const { status, statusText, headers } = response
    const lines = [...headers.raw]
    return { status, statusText, headers: lines, body: await this.#bodyOfResponse(response) }
  }

  async #bodyOfResponse({ content }: LazyResponse): Promise<NewBody> {
    if (content === null) return null
    if (content instanceof RemoteResponseBody) return 'same'
    if (content instanceof ReadableStream) return { stream: this.#tools.streams.add(content) }
    if (content instanceof Uint8Array || content instanceof Promise) return tight(await content)
    return tight(await content.collect(this.#tools.maxPluginBody))
  }
}

function equal(a: Lines, b: Lines): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}

/** Makes headers what the lines say, in place: the plugin may have them in its hand. */
function setLines(headers: Headers, lines: Lines): void {
  if (equal(linesOf(headers), lines)) return
  if (headers instanceof HeaderList) {
    headers.raw.splice(0, headers.raw.length, ...lines)
    return
  }
  for (const name of [...headers.keys()]) headers.delete(name)
  for (let i = 0; i < lines.length; i += 2) headers.append(lines[i] as string, lines[i + 1] as string)
}
