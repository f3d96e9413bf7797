import type { IncomingMessage } from 'node:http'

/** A name that came once has a value, a name that came again a list. */
export type Values = Record<string, string | string[]>

/** What an answer says of the request's head, under httpbin's names. */
export interface RequestReport {
  readonly args: Values
  readonly headers: Record<string, string>
  readonly origin: string
  readonly url: string
}

/** Describes the request as it came over the wire: header names, path and query are byte for byte those received. */
export function reportRequest(incoming: IncomingMessage): RequestReport {
  const { url = '/', headers, socket } = incoming
  return {
    args: valuesOf(new URLSearchParams(url.split('?').slice(1).join('?'))),
    headers: headersOf(incoming),
    origin: headers['x-forwarded-for']?.toString() ?? socket.remoteAddress ?? '',
    url: url.startsWith('/') ? `http://${headers.host ?? ''}${url}` : url,
  }
}

/** Built by `Object.fromEntries`, since a client may send a name such as `__proto__`. */
export function valuesOf(pairs: Iterable<readonly [string, string]>): Values {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of pairs) {
    const known = values.get(name)
    values.set(name, known === undefined ? value : [known, value].flat())
  }
  return Object.fromEntries(values)
}

/** Raw names and order; a header that came more than once is joined under the spelling of its first line. */
function headersOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers = new Map<string, { name: string; values: string[] }>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    const known = headers.get(name.toLowerCase())
    if (known) known.values.push(value)
    else headers.set(name.toLowerCase(), { name, values: [value] })
  }
  return Object.fromEntries(Array.from(headers.values(), ({ name, values }) => [name, values.join(', ')]))
}
