import type { Exchange } from '../chain/exchange.ts'
import { linesOf } from '../message/header-list.ts'

/** What context variables read of a request that later steps change or take away. */
export class ContextData {
  /** The header list as it stood before any step of the gateway's own changed it; null where no variable reads it. */
  headers: readonly string[] | null = null
  /** The fields of a form that the body is; null where it is none, or where no variable reads it. */
  form: URLSearchParams | null = null
  /** What the triggers of a rewrite have captured, by the name of the variable in lower case. */
  captures: Map<string, string> | null = null
}

/** The context of a request, made on first use. */
export function contextOf(exchange: Exchange): ContextData {
  exchange.context ??= new ContextData()
  return exchange.context
}

/** The header list as variables see it. */
export function headersOf(exchange: Exchange): readonly string[] {
  return exchange.context?.headers ?? currentHeaders(exchange)
}

/** The header list as it stands, to be read only. */
export function currentHeaders({ draft, incoming }: Exchange): readonly string[] {
  return draft ? linesOf(draft.request.headers) : incoming.rawHeaders
}
