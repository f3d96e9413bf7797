import { HonoRequest } from 'hono/request'
import type { PluginContext } from './context.ts'

type BodyKind = 'text' | 'json' | 'arrayBuffer' | 'blob' | 'formData' | 'bytes'

/**
 * `c.req` of a plugin: Hono's request over the request as it stands, so that one plugin's changes are the next one's
 * request. It is `instanceof HonoRequest`, and says of its own whatever Hono keeps in private fields.
 */
export class PluginRequest {
  readonly #context: PluginContext
  /** Where Hono keeps bodies it has read; a replaced request starts with none. */
  bodyCache: Record<string, unknown> = {}
  routeIndex = 0
  #validated: Record<string, unknown> | null = null

  constructor(context: PluginContext) {
    this.#context = context
  }

  get raw(): Request {
    return this.#context.request
  }

  set raw(request: Request) {
    this.bodyCache = {}
    this.#context.request = request
  }

  get url(): string {
    return this.raw.url
  }

  get method(): string {
    return this.raw.method
  }

  get path(): string {
    const { url } = this
    const start = url.indexOf('/', url.indexOf('://') + 3)
    const end = url.slice(start).search(/[?#]/)
    return end < 0 ? url.slice(start) : url.slice(start, start + end)
  }

  /** Path parameters belong to Hono's router; a plugin's path is matched by the definition. */
  param(name?: string): string | undefined | Record<string, string> {
    return name === undefined ? {} : undefined
  }

  get routePath(): string {
    return '*'
  }

  get matchedRoutes(): [] {
    return []
  }

  text(): Promise<string> {
    return this.#read('text')
  }
  json(): Promise<unknown> {
    return this.#read('json')
  }
  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read('arrayBuffer')
  }
  bytes(): Promise<Uint8Array> {
    return this.#read('bytes')
  }
  blob(): Promise<Blob> {
    return this.#read('blob')
  }
  formData(): Promise<FormData> {
    return this.#read('formData')
  }

  /** The request's body can be read anew each time, so nothing is cached here. */
  #read<T>(kind: BodyKind): Promise<T> {
    return this.raw[kind]() as Promise<T>
  }

  addValidatedData(target: string, data: unknown): void {
    this.#validated ??= {}
    this.#validated[target] = data
  }

  valid(target: string): unknown {
    return this.#validated?.[target]
  }
}

// header(), query(), queries() and parseBody() are Hono's own: they use nothing but what stands above.
Object.setPrototypeOf(PluginRequest.prototype, HonoRequest.prototype)
