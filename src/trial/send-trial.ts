import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Trial } from '../control/admin/debug.ts'
import { failure, property, textOf } from '../errors.ts'

/** How much of the body of a response is kept, in bytes. */
const LARGEST_BODY = 1_048_576
/** Whom the request is sent to where it does not say. */
const HOST = 'localhost'

/** What a client gets. */
export interface TrialResponse {
  /** Status line, headers and body. */
  readonly text: string
  /** Whether the body was longer than what is kept of it. */
  readonly cut: boolean
}

/**
 * Sends a request over a connection, as it is, and takes the response.
 *
 * @throws `debug_request_unsendable`, `debug_connection_closed`, and what `signal` is aborted with
 */
export async function sendTrial(socket: Socket, { request }: Trial, signal: AbortSignal): Promise<TrialResponse> {
  const client = new Client(`http://${HOST}`, {
    connect: (_options, connected) => queueMicrotask(() => connected(null, socket)),
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const { statusCode, statusText, headers, body } = await client.request({
      method: request.method as 'GET',
      path: request.path,
      headers: linesOf(request.headers),
      body: request.body === '' ? null : Buffer.from(request.body),
      responseHeaders: 'raw',
      signal,
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      chunks.push(chunk)
      if (size > LARGEST_BODY) break
    }
    const content = Buffer.concat(chunks).subarray(0, LARGEST_BODY).toString()
    const head = headOf(statusCode, statusText, headers as unknown as readonly (string | Buffer)[])
    return { text: head + content, cut: size > LARGEST_BODY }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const unsendable = ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH']
    if (unsendable.includes(String(property(error, 'code')))) {
      throw failure('debug_request_unsendable', { problems: [textOf(error)] }, error)
    }
    throw failure('debug_connection_closed', { reason: textOf(error) }, error)
  } finally {
    await client.destroy()
  }
}

function linesOf(headers: Trial['request']['headers']): string[] {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]))
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  return names.includes('host') ? lines : ['Host', HOST, ...lines]
}

/** Without the framing that the body has no longer. */
function headOf(status: number, statusText: string, raw: readonly (string | Buffer)[]): string {
  const texts = raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : part))
  const lines = [`HTTP/1.1 ${status} ${statusText}`]
  for (let i = 0; i < texts.length; i += 2) {
    if (texts[i]?.toLowerCase() !== 'transfer-encoding') lines.push(`${texts[i]}: ${texts[i + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
