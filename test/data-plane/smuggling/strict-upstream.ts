import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A request of which there are no two ways to read its bytes. */
export interface StrictRequest {
  readonly method: string
  readonly target: string
  /** Header lines, as they stood. */
  readonly lines: readonly string[]
  readonly body: string
}

/** An upstream that reads what reaches it by the letter of RFC 9112, and notes whatever could be read in another way. */
export interface StrictUpstream extends AsyncDisposable {
  readonly url: string
  readonly requests: StrictRequest[]
  /** What was ambiguous, or no HTTP at all. */
  readonly faults: string[]
  /** Forgets all of it. */
  reset(): void
}

/** It answers each request with its own target. */
export async function startStrictUpstream(): Promise<StrictUpstream> {
  const sockets = new Set<Socket>()
  const upstream = { requests: [] as StrictRequest[], faults: [] as string[] }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let pending = ''
    socket.on('data', (bytes) => {
      pending = receive(pending + bytes.toString('latin1'), socket, upstream)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...upstream,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reset() {
      upstream.requests.length = 0
      upstream.faults.length = 0
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Answers every request that is whole, and returns what is left. */
function receive(bytes: string, socket: Socket, { requests, faults }: Pick<StrictUpstream, 'requests' | 'faults'>): string {
  try {
    for (let rest = bytes; ; ) {
      const read = readRequest(rest)
      if (read === null) return rest
      requests.push(read.request)
      const { target } = read.request
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
      rest = rest.slice(read.length)
    }
  } catch (error) {
    faults.push(`${(error as Error).message} in ${JSON.stringify(bytes)}`)
    socket.destroy()
    return ''
  }
}

const REQUEST_LINE = /^([A-Z-]+) (\/[!-~]*) HTTP\/1\.1$/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/
const VALUE = /^[\t -~\x80-\xff]*$/

function readRequest(bytes: string): { request: StrictRequest; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.slice(0, end).split('\r\n')
  const [, method = '', target = ''] = REQUEST_LINE.exec(first) ?? refuse(`the request line "${first}"`)
  const fields = lines.map((line) => {
    const [, name = '', value = ''] = FIELD.exec(line) ?? refuse(`the line ${JSON.stringify(line)}`)
    return VALUE.test(value) ? ([name.toLowerCase(), value.trim()] as const) : refuse(`the value of ${JSON.stringify(line)}`)
  })
  const values = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value)
  if (values('host').length !== 1) refuse('the number of Hosts')
  const body = readBody(bytes.slice(end + 4), values('content-length'), values('transfer-encoding'))
  return body && { request: { method, target, lines, body: body.content }, length: end + 4 + body.length }
}

function readBody(rest: string, lengths: string[], codings: string[]): { content: string; length: number } | null {
  if (lengths.length + codings.length > 1) refuse(`a body with the lengths ${lengths} and the codings ${codings}`)
  if (codings.length === 1) return codings[0] === 'chunked' ? readChunks(rest) : refuse(`the coding "${codings[0]}"`)
  if (lengths.length === 0) return { content: '', length: 0 }
  if (!/^(0|[1-9]\d{0,15})$/.test(lengths[0] as string)) refuse(`the length "${lengths[0]}"`)
  const length = Number(lengths[0])
  return rest.length < length ? null : { content: rest.slice(0, length), length }
}

function readChunks(rest: string): { content: string; length: number } | null {
  let content = ''
  for (let at = 0; ; ) {
    const end = rest.indexOf('\r\n', at)
    if (end < 0) return null
    const line = rest.slice(at, end)
    if (!/^[0-9a-f]{1,8}$/i.test(line)) refuse(`the chunk size ${JSON.stringify(line)}`)
    const size = Number.parseInt(line, 16)
    if (rest.length < end + 2 + size + 2) return null
    if (rest.slice(end + 2 + size, end + 4 + size) !== '\r\n') refuse('the end of a chunk')
    content += rest.slice(end + 2, end + 2 + size)
    at = end + 4 + size
    if (size === 0) return { content, length: at }
  }
}

function refuse(what: string): never {
  throw new Error(`Ambiguous: ${what}`)
}
