import type { RequestFilter, RequestLog, ShownRequest } from '../../control/admin/requests.ts'
import type { Config } from '../../control/config/schema.ts'
import type { Siblings } from '../../supervisor/siblings.ts'
import type { RequestObserver } from '../finished-request.ts'
import type { ShownKeys } from '../shown-keys.ts'
import { KeptRequest } from './kept-request.ts'
import { matches } from './matches.ts'
import { Ring } from './ring.ts'
import { showRequest } from './show-request.ts'

export interface ExplainOptions {
  readonly settings: Config['explain']
  readonly siblings: Siblings
  readonly keys: ShownKeys
}

/** The latest requests of this process, and of its siblings. */
export interface Explain extends RequestLog {
  readonly observe: RequestObserver
}

const FIND = 'requests.find'
const LIST = 'requests.list'

/**
 * Keeps the latest requests, for who wants to know what became of them; those that failed besides, so that they are not lost
 * among a thousand others.
 */
export function openExplain({ settings, siblings, keys }: ExplainOptions): Explain {
  const kept = new KeptRequests(settings)
  const show = (request: KeptRequest) => showRequest(request, siblings.worker)
  siblings.respond(FIND, (id) => {
    const found = kept.find(id as string)
    return found && show(found)
  })
  siblings.respond(LIST, (filter) => kept.list(filter as RequestFilter).map(show))
  return {
    observe: (finished) => {
      if (settings.max_requests > 0 || isFailed(finished)) kept.add(new KeptRequest(finished, keys))
    },
    async find(id) {
      const answers = await siblings.ask(FIND, id)
      return answers.map(({ answer }) => answer as ShownRequest | null | undefined).find((answer) => answer) ?? undefined
    },
    async list(filter) {
      const answers = await siblings.ask(LIST, filter)
      const all = answers.flatMap(({ answer }) => answer as ShownRequest[])
      return all.sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, filter.limit)
    },
  }
}

class KeptRequests {
  readonly #all: Ring<KeptRequest>
  readonly #failed: Ring<KeptRequest>

  constructor({ max_requests: most, max_failed: mostFailed }: Config['explain']) {
    this.#all = new Ring(most)
    this.#failed = new Ring(mostFailed)
  }

  add(request: KeptRequest): void {
    this.#all.add(request)
    if (isFailed(request)) this.#failed.add(request)
  }

  find(id: string): KeptRequest | undefined {
    for (const ring of [this.#all, this.#failed]) for (const request of ring) if (request.id === id) return request
    return undefined
  }

  /** From the newest to the oldest; those that failed may be older than all others. */
  list(filter: RequestFilter): KeptRequest[] {
    const found = new Set<KeptRequest>()
    for (const ring of [this.#all, this.#failed]) {
      for (const request of ring) {
        if (found.size >= filter.limit) return [...found]
        if (matches(request, filter)) found.add(request)
      }
    }
    return [...found]
  }
}

function isFailed({ status }: { readonly status: number }): boolean {
  return status >= 500
}
