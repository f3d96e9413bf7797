import { HeaderList } from '../message/header-list.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { LazyResponse } from '../message/lazy-response.ts'
import type { PreparedHeaders } from '../message/prepared-headers.ts'

/** Headers that describe a body, and are wrong for another one. */
const BODY_HEADERS = [
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'trailer',
]

/**
 * What the plugins of one request see and change: the request and the response as they stand. It exists only where a
 * chain has plugins. A plugin that overruns its time keeps the draft it had; the others go on with a fork.
 */
export class Draft {
  /** The request as it stands: ours, or one that a plugin put in its place. */
  request: Request
  /** The response as it stands; null before there is one. */
  response: LazyResponse | null = null
  /** Headers for the response that is yet to come. */
  prepared: PreparedHeaders | null = null
  /** What plugins `c.set()` for one another. */
  variables: Map<string, unknown> | null = null
  /** Headers of the upstream's response as it came; null if it has not, or nobody can replace it. */
  upstreamHeaders: HeaderList | null = null
  readonly #limit: number

  /** @param limit how many bytes of a body a plugin may have kept */
  constructor(request: Request, limit: number) {
    this.request = request
    this.#limit = limit
  }

  /** Takes the upstream's response, before any plugin has seen it. */
  receive(response: LazyResponse): void {
    this.upstreamHeaders = new HeaderList(response.headers.raw.slice())
    this.prepared?.applyTo(response.headers)
    this.response = response
  }

  /** Puts a response in place of what there was. Headers that described another body go, unless the plugin set them. */
  replace(replacement: Response): void {
    const before = this.response
    const response = LazyResponse.from(replacement, this.#limit, this.upstreamHeaders)
    if (response === before) return
    const sameBody = before !== null && response.content === before.content
    if (this.upstreamHeaders && !sameBody && response.status !== 304) this.#dropBodyHeaders(response.headers)
    if (this.prepared && !response.prepared) this.prepared.applyTo(response.headers)
    this.response = response
    if (!sameBody) before?.cancel()
  }

  #dropBodyHeaders(headers: HeaderList): void {
    for (const name of BODY_HEADERS) {
      const value = headers.get(name)
      if (value !== null && value === this.upstreamHeaders?.get(name)) headers.delete(name)
    }
  }

  /** A draft that changes apart from this one. */
  fork(): Draft {
    const request = this.request instanceof LazyRequest ? this.request.clone() : this.request
    const fork = new Draft(request, this.#limit)
    const { response } = this
    fork.response = response?.fork() ?? null
    fork.prepared = this.prepared?.clone() ?? null
    fork.variables = this.variables && new Map(this.variables)
    fork.upstreamHeaders = this.upstreamHeaders
    return fork
  }
}
