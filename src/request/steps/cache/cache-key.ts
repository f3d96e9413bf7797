import { createHash } from 'node:crypto'
import type { Exchange } from '../../chain/exchange.ts'
import type { CacheRule } from './policy.ts'

/**
 * What tells the response to a request apart from all others of the API: version, method, URL, who asks (the key; everyone is the same
 * where there are no keys), the headers that the definition names, and what its rule finds in the body.
 */
export async function keyOf(exchange: Exchange, rule: CacheRule, headerNames: readonly string[]): Promise<string> {
  const { bodyKey } = rule
  const body = bodyKey && exchange.body ? String(await exchange.body.bytes()) : ''
  const found = bodyKey?.(body) ?? ''
  return keyWithoutBody(exchange, headerNames, found)
}

/** The same for a rule that does not look at bodies. */
export function keyWithoutBody(exchange: Exchange, headerNames: readonly string[], found = ''): string {
  const { version, path, query, method, token } = exchange
  return digest([
    version,
    method,
    path + query,
    token,
    ...elsewhere(exchange),
    ...valuesOf(exchange.requestHeaders, headerNames),
    found,
  ])
}

/** Where a request goes that goes elsewhere than its path says: that may hang on its headers or its body. */
function elsewhere({ rewritten, upstream, upstreamMethod }: Exchange): (string | null)[] {
  return rewritten || upstreamMethod ? [upstream.url.host, String(rewritten?.path), String(rewritten?.query), upstreamMethod] : []
}

/** The key of one variant among those that the response's Vary tells apart (RFC 9111 §4.1). */
export function variantKey(key: string, headers: Headers, vary: readonly string[]): string {
  return digest([key, ...valuesOf(headers, vary)])
}

function valuesOf(headers: Headers, names: readonly string[]): (string | null)[] {
  return names.map((name) => headers.get(name))
}

/** JSON, since values that were joined could be mistaken for others. */
function digest(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
