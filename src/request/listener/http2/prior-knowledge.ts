import type { Socket } from 'node:net'

/** What every connection of HTTP/2 begins with (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** What node:http's parser fails with where a client sends the preface: `code` and the bytes of the last read. */
export interface ParseError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
  /** How many of these bytes it has taken. */
  readonly bytesParsed?: number
}

/** node:http's parser of one connection. */
interface Parser {
  readonly _consumed: boolean
  unconsume(): void
  remove(): void
  close(): void
}

type HttpSocket = Socket & { parser: Parser | null }

/**
 * Whether a client speaks HTTP/2 from the beginning of its connection. node:http's parser stops at the end of the preface
 * and says so, so that connections of HTTP/1 need not be looked at beforehand.
 */
export function isPreface(socket: Socket, { code, rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (code !== 'HPE_PAUSED_H2_UPGRADE' || !rawPacket) return false
  return socket.bytesRead - (rawPacket.length - bytesParsed) === PREFACE.length
}

/** Takes the connection from node:http's parser, with all that was read of it. */
export function takeFromParser(socket: Socket, { rawPacket, bytesParsed }: ParseError): void {
  const { parser } = socket as HttpSocket
  for (const event of socket.eventNames()) {
    for (const listener of socket.listeners(event)) {
      if (/^(?:bound )?(?:socketOn|onSocket)/.test(listener.name)) socket.off(event, listener as () => void)
    }
  }
  socket.pause() // now that node:http does not notice, which would stop to read
  ;(socket as HttpSocket).parser = null
  if (parser?._consumed) parser.unconsume()
  parser?.remove()
  setImmediate(() => parser?.close())
  socket.unshift(Buffer.concat([PREFACE, (rawPacket as Buffer).subarray(bytesParsed)]))
}
