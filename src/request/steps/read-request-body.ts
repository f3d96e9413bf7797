import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { recall } from '../message/body-source.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { RequestBody } from '../message/request-body.ts'

const NO_BYTES = Buffer.alloc(0)

/**
 * The body of the request as it stands. It is kept, and still goes upstream byte for byte.
 *
 * @throws `request_body_too_large` beyond `max_plugin_body`, `body_aborted`, `request_body_used`, `body_unreadable`
 */
export async function readRequestBody(exchange: Exchange): Promise<Buffer> {
  const request = exchange.draft?.request
  if (!request || request instanceof LazyRequest) return (await exchange.body?.bytes()) ?? NO_BYTES
  if (request.bodyUsed) throw failure('request_body_used', undefined)
  if (request.body === null) return NO_BYTES
  const source = recall(request.body)
  if (source instanceof RequestBody) return await source.bytes()
  const bytes = Buffer.from(await request.clone().arrayBuffer().catch(refuseBody))
  const limit = exchange.api.maxPluginBody
  if (bytes.length > limit) throw failure('request_body_too_large', { limit })
  return bytes
}

/** A stream that a plugin made may fail with anything. */
function refuseBody(cause: unknown): never {
  throw failure('body_unreadable', undefined, cause)
}
