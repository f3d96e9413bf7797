import { formatResponse } from './http-message.ts'
import type { RecordedRequest, Script } from './raw-upstream.ts'

/** Answers with a description of the request, as httpbin's `/anything` does. */
export const answerEcho: Script = async (exchange) => {
  const body = await exchange.receive()
  const report = JSON.stringify(describe(exchange.request, body.toString()))
  const bytes = formatResponse(200, ['Content-Type: application/json'], report)
  // A response to HEAD has the head of one to GET, and no body.
  const sent = exchange.request.method === 'HEAD' ? bytes.subarray(0, bytes.length - Buffer.byteLength(report)) : bytes
  await exchange.write(sent)
}

function describe({ method, target, head }: RecordedRequest, data: string): object {
  const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
  return {
    args: Object.fromEntries(new URLSearchParams(query)),
    data,
    headers: Object.fromEntries(head.lines.map((line) => line.split(/: ?(.*)/s, 2))),
    json: parse(data),
    method,
    url: target,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
