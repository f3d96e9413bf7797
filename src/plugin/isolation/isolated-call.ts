import type { IncomingMessage } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { failure } from '../../errors.ts'
import type { Draft } from '../../request/chain/draft.ts'
import { lazyStream } from '../../request/message/body-source.ts'
import { HeaderList, linesOf } from '../../request/message/header-list.ts'
import { LazyRequest } from '../../request/message/lazy-request.ts'
import { type Content, LazyResponse } from '../../request/message/lazy-response.ts'
import { PreparedHeaders } from '../../request/message/prepared-headers.ts'
import { INSIDE, type PluginContext } from '../context.ts'
import { webGlobals } from '../web-globals.ts'
import { ChunkReader } from './chunk-reader.ts'
import { isClonable } from './clonable.ts'
import type {
  CallSetup,
  Changes,
  Lines,
  NewBody,
  NewRequest,
  NewResponse,
  Outcome,
  State,
  UseSetup,
  WorkerMethods,
} from './protocol.ts'
import { describeThrown, reviveThrown } from './thrown.ts'
import type { Wire } from './wire.ts'

export interface CallOptions {
  readonly id: number
  /** The export that is called. */
  readonly plugin: string
  readonly wire: Wire<WorkerMethods>
  readonly context: PluginContext
  readonly next: () => Promise<void>
  /** Is told when neither side will ask for anything of this call any more. */
  readonly onEnd: (call: IsolatedCall) => void
}

/** One call of a plugin that runs in a worker, as the gateway sees it: hands out what the plugin asks for, and applies what it did. */
export class IsolatedCall {
  readonly id: number
  readonly plugin: string
  readonly #wire: Wire<WorkerMethods>
  readonly #context: PluginContext
  readonly #next: () => Promise<void>
  readonly #onEnd: (call: IsolatedCall) => void
  /** The request and the response as the worker knows them. */
  #request: Request | null = null
  #response: LazyResponse | null = null
  /** Reads the response's body for a plugin that streams it. */
  #chunks: ChunkReader | null = null
  #openStreams = 0
  #settled = false
  /** Whether the rest of the chain is what runs, and not the plugin. */
  inNext = false

  constructor({ id, plugin, wire, context, next, onEnd }: CallOptions) {
    this.id = id
    this.plugin = plugin
    this.#wire = wire
    this.#context = context
    this.#next = next
    this.#onEnd = onEnd
  }

  /** Whether the gateway goes on without it. */
  get isCutOff(): boolean {
    return this.#context[INSIDE].isCutOff
  }

  get #draft(): Draft {
    return this.#context[INSIDE].draft
  }

  /**
   * Runs the plugin. What it throws, is thrown here.
   *
   * @param told the uses that the worker knows; it is told of this one with its first call
   */
  async run(use: UseSetup, told: Set<number>): Promise<void> {
    try {
      const answer = this.#wire.ask('call', this.#describe(use.id, told.has(use.id) ? null : use))
      told.add(use.id)
      const outcome = await answer
      await this.#apply(outcome.changes)
      throwFailure(outcome, this.plugin, (answer) => this.#openResponse(answer))
    } finally {
      this.#settled = true
      this.#endIfDone()
    }
  }

  #describe(use: number, setup: UseSetup | null): CallSetup {
    const { exchange } = this.#context[INSIDE]
    const { remoteAddress: address, remotePort: port, remoteFamily: family } = (exchange.incoming as IncomingMessage).socket
    const { requestId, api } = exchange
    return { id: this.id, use, setup, requestId, apiId: api.id, remote: { address, port, family }, state: this.#state() }
  }

  #endIfDone(): void {
    if (this.#settled && this.#openStreams === 0) this.#onEnd(this)
  }

  // What the worker gets to know

  #state(): State {
    const { exchange, draft } = this.#context[INSIDE]
    const { request, response, upstreamHeaders, prepared, variables } = draft
    const state = {
      request: {
        method: request.method,
        url: request.url,
        headers: linesOf(request.headers),
        hasBody: hasBody(request),
        same: request === this.#request,
      },
      response: response && {
        status: response.status,
        statusText: response.statusText,
        headers: response.headers.raw,
        hasBody: response.content !== null,
        same: response === this.#response,
      },
      upstreamHeaders: upstreamHeaders?.raw ?? null,
      prepared: prepared?.changes ?? [],
      variables: variables === null ? [] : [...variables].map(([name, value]) => variable(name, value)),
      session: exchange.ownSession as State['session'],
      token: exchange.token,
      error: exchange.error === undefined ? null : describeThrown(exchange.error),
    }
    this.#request = request
    this.#response = response
    return state
  }

  // What the worker asks for

  async next(changes: Changes): Promise<State> {
    await this.#apply(changes)
    this.inNext = true
    try {
      await this.#next()
    } finally {
      this.inNext = false
    }
    return this.#state()
  }

  readRequest(): Promise<Uint8Array> {
    const { request } = this.#draft
    return request instanceof LazyRequest ? request.bytes() : request.clone().bytes()
  }

  /** Through a clone, which the response itself reads the body for and keeps it. */
  async readResponse(): Promise<Uint8Array> {
    const { response } = this.#draft
    const content = response?.clone().content ?? null
    if (content === null || content instanceof Promise || content instanceof Uint8Array)
      return (await content) ?? new Uint8Array()
    if (content instanceof ReadableStream) throw failure('worker_misunderstood', { what: 'a clone has a stream of its own' })
    return content.collect(this.#context[INSIDE].exchange.api.maxPluginBody)
  }

  pullResponse(): Promise<Uint8Array | null> {
    this.#chunks ??= new ChunkReader(this.#draft.response?.content ?? null)
    return this.#chunks.next()
  }

  cancelResponse(): void {
    this.#chunks ??= new ChunkReader(this.#draft.response?.content ?? null)
    this.#chunks.cancel()
  }

  followSignal(): void {
    const { signal } = this.#context.req.raw
    const tell = () => this.#wire.tell('abort', this.id, describeThrown(signal.reason))
    if (signal.aborted) tell()
    else signal.addEventListener('abort', tell, { once: true })
  }

  // What the plugin has changed

  async #apply({ request, response, prepared, variables, session }: Changes): Promise<void> {
    const draft = this.#draft
    if (request !== null) this.#applyRequest(request)
    if (response !== null) await this.#applyResponse(response)
    if (prepared !== null) draft.prepared = PreparedHeaders.of(prepared)
    for (const [name, value] of variables) {
      draft.variables ??= new Map()
      if (!isDeepStrictEqual(draft.variables.get(name), value)) draft.variables.set(name, value)
    }
    if (session !== null) this.#context.setSession(session.session, session.token, session.save)
  }

  #applyRequest(change: NewRequest | { readonly headers: Lines }): void {
    const draft = this.#draft
    if ('method' in change) draft.request = this.#openRequest(change)
    else setLines(draft.request.headers, change.headers)
    this.#request = draft.request
  }

  #openRequest({ method, url, headers, body }: NewRequest): Request {
    const { request } = this.#draft
    const content = body === 'same' ? request.body : this.#openBody(body)
    const init = { method, headers: new Headers(pairsOf(headers)), signal: request.signal }
    const PluginRequest = webGlobals.Request as typeof Request
    return new PluginRequest(
      url,
      content === null
        ? init
        : ({ ...init, body: content as ConstructorParameters<typeof Response>[0], duplex: 'half' } as RequestInit),
    )
  }

  async #applyResponse(change: NewResponse | { readonly headers: Lines }): Promise<void> {
    const draft = this.#draft
    const before = draft.response
    if (!('status' in change)) {
      if (before) setLines(before.headers, change.headers)
      return
    }
    // The worker has done with its own draft what is to be done with one that is replaced.
    const content = change.body === 'same' ? await (before?.content ?? null) : this.#openBody(change.body)
    draft.response = this.#openResponse(change, content)
    draft.response.prepared = true
    this.#response = draft.response
    if (change.body !== 'same' && !this.#chunks) before?.cancel()
  }

  #openResponse({ status, statusText, headers, body }: NewResponse, content?: Content): LazyResponse {
    return new LazyResponse({
      status,
      statusText,
      headers: checkedList(headers),
      content: content ?? (body === 'same' ? null : this.#openBody(body)),
      limit: this.#context[INSIDE].exchange.api.maxPluginBody,
    })
  }

  #openBody(body: Exclude<NewBody, 'same'>): Uint8Array | ReadableStream<Uint8Array> | null {
    return body === null || body instanceof Uint8Array ? body : this.#openStream(body.stream)
  }

  /** A stream that is read out of the worker, chunk by chunk. */
  #openStream(number: number): ReadableStream<Uint8Array> {
    const wire = this.#wire
    this.#openStreams += 1
    let ended = false
    const end = () => {
      if (ended) return
      ended = true
      this.#openStreams -= 1
      this.#endIfDone()
    }
    return lazyStream(
      async function* () {
        try {
          for (let chunk = await wire.ask('pull', number); chunk !== null; chunk = await wire.ask('pull', number)) yield chunk
        } finally {
          end()
        }
      },
      () => {
        wire.tell('cancel', number)
        end()
      },
    )
  }
}

/** Throws what the plugin threw, or what is wrong with what it returned. */
function throwFailure({ failure: found }: Outcome, plugin: string, open: (answer: NewResponse) => LazyResponse): void {
  if (found === null) return
  if ('returned' in found) throw failure('plugin_result_invalid', { plugin, found: found.returned })
  const thrown = reviveThrown(found.thrown)
  if (!('answer' in found)) throw thrown
  const response = open(found.answer)
  throw Object.assign(Object(thrown), { status: found.status, getResponse: () => response })
}

function hasBody(request: Request): boolean {
  return request.body !== null
}

function variable(name: string, value: unknown): State['variables'][number] {
  return isClonable(value) ? [name, value, true] : [name, undefined, false]
}

/** Header lines as a plugin may set them: each is checked, since what sent them might be no plugin of ours. */
function checkedList(lines: Lines): HeaderList {
  const list = new HeaderList([])
  for (const [name, value] of pairsOf(lines)) list.append(name, value)
  return list
}

function pairsOf(lines: Lines): [string, string][] {
  return Array.from({ length: lines.length / 2 }, (_, i) => [lines[2 * i] as string, lines[2 * i + 1] as string])
}

function setLines(headers: Headers, lines: Lines): void {
  const checked = checkedList(lines)
  if (headers instanceof HeaderList) {
    headers.raw.splice(0, headers.raw.length, ...checked.raw)
    return
  }
  for (const name of [...headers.keys()]) headers.delete(name)
  for (const [name, value] of pairsOf(checked.raw)) headers.append(name, value)
}
