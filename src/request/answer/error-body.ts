import type { ErrorCode, PosternError } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { HeaderList } from '../message/header-list.ts'
import { LazyResponse } from '../message/lazy-response.ts'

const XML_TYPES = new Set(['application/xml', 'text/xml', 'application/soap+xml'])

/** Errors whose body is the bare text. */
const PLAIN = new Set<ErrorCode>(['request_limit', 'all_hosts_down'])

/** The body of an error, as JSON, or as XML where the request's own Content-Type is XML. */
export function errorBody(
  { code, client: message }: PosternError,
  requestType: string | undefined,
): { type: string; text: string } {
  if (PLAIN.has(code)) return { type: 'text/plain; charset=utf-8', text: message }
  const type = requestType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (XML_TYPES.has(type)) {
    return { type, text: `<?xml version = "1.0" encoding = "UTF-8"?>\n<error>${escapeXml(message)}</error>` }
  }
  return { type: 'application/json', text: `{\n    "error": ${JSON.stringify(message)}\n}` }
}

const XML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => XML_ENTITIES[character] as string)
}

/** The answer to a request that failed: status and text from the catalogue, never the error's own message. */
export function errorResponse(exchange: Exchange, error: PosternError, status = error.status): LazyResponse {
  const { type, text } = errorBody(error, exchange.incoming.headers['content-type'])
  const content = Buffer.from(text)
  const headers = new HeaderList(['Content-Type', type, 'Content-Length', String(content.length)])
  return new LazyResponse({ status, statusText: '', headers, content, limit: exchange.api.maxPluginBody })
}
