import { noteBody, noteInMemory } from '../request/message/in-memory.ts'
import { LazyRequest } from '../request/message/lazy-request.ts'

type Input = string | URL | Request

/** What `new Request(lazy, init)` takes over from ours; a body only where the Fetch standard lets a request have one. */
function initOf(request: LazyRequest, init: RequestInit | undefined): RequestInit {
  const { method, headers, signal } = request
  const bodyless = method === 'GET' || method === 'HEAD'
  const body = init?.body === undefined && !bodyless ? request.body : undefined
  return { method, headers: new Headers(headers), signal, ...(body ? { body, duplex: 'half' } : {}), ...init }
}

function isStream(body: unknown): boolean {
  return body instanceof ReadableStream || (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
}

/**
 * The `Request` of a plugin: it takes the gateway's lazy request where any other is taken, and its body can be read any
 * number of times, like the lazy one's.
 */
class PluginScopeRequest extends Request {
  constructor(input: Input, init?: RequestInit) {
    super(input instanceof LazyRequest ? input.url : input, input instanceof LazyRequest ? initOf(input, init) : init)
    if (init?.body !== undefined && init.body !== null && !isStream(init.body)) noteInMemory(this)
  }

  /** Any request is one, also those made outside of the plugin. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(Request, value)
  }
}

for (const read of ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const) {
  Object.defineProperty(PluginScopeRequest.prototype, read, {
    value(this: Request): Promise<unknown> {
      return this.clone()[read]()
    },
    configurable: true,
    writable: true,
  })
}
Object.defineProperty(PluginScopeRequest, 'name', { value: 'Request' })

/** The `Response` of a plugin: it remembers a body that was at hand, which then goes out with its length. */
class PluginScopeResponse extends Response {
  constructor(body?: ConstructorParameters<typeof Response>[0], init?: ResponseInit) {
    super(body, init)
    if (typeof body === 'string') noteBody(this, body)
    else if (body instanceof Uint8Array) noteBody(this, body.slice())
    else if (body instanceof ArrayBuffer) noteBody(this, new Uint8Array(body.slice(0)))
  }

  /** Any response is one, also those made outside of the plugin. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(Response, value)
  }

  static override json(data: unknown, init?: ResponseInit): Response {
    const headers = new Headers(init?.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new PluginScopeResponse(JSON.stringify(data), { ...init, headers })
  }
}
Object.defineProperty(PluginScopeResponse, 'name', { value: 'Response' })

/** `fetch`, which takes the gateway's lazy request where any other is taken. */
function pluginFetch(input: Input, init?: RequestInit): Promise<Response> {
  return fetch(input instanceof LazyRequest ? new PluginScopeRequest(input) : input, init)
}
Object.defineProperty(pluginFetch, 'name', { value: 'fetch' })

/** The web classes that a plugin sees in place of Node's. `Headers` is Node's own: it takes ours as they are. */
export const webGlobals: Readonly<Record<string, unknown>> = {
  Request: PluginScopeRequest,
  Response: PluginScopeResponse,
  Headers,
  fetch: pluginFetch,
}
