import { once } from 'node:events'
import { connect } from 'node:net'

/** Frames of HTTP/2 (RFC 9113 §6) as a client may send them, right or wrong. */

export const END_STREAM = 0x1
export const END_HEADERS = 0x4

const TYPES = {
  data: 0x0,
  headers: 0x1,
  reset: 0x3,
  settings: 0x4,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const content = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const head = Buffer.alloc(9)
  head.writeUIntBE(content.length, 0, 3)
  head[3] = TYPES[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, content])
}

/** A header block whose fields stand there as they are (RFC 7541 §6.2.2), one byte for each character. */
export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]))
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** What became of a request: its status, or how it was refused. */
export type Outcome = number | 'reset' | 'goaway' | 'closed'

/** Sends frames behind preface and settings on a connection of their own, and tells what becomes of stream 1. */
export async function outcomeOf(port: number, frames: readonly Buffer[]): Promise<Outcome> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.write(Buffer.concat([PREFACE, frame('settings', 0, 0), ...frames]))
  let pending = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 9 && pending.length >= 9 + pending.readUIntBE(0, 3)) {
        const end = 9 + pending.readUIntBE(0, 3)
        const outcome = read(pending.subarray(0, end))
        if (outcome !== null) return outcome
        pending = pending.subarray(end)
      }
    }
    return 'closed'
  } catch {
    return 'closed'
  } finally {
    socket.destroy()
  }
}

function read(bytes: Buffer): Outcome | null {
  const stream = bytes.readUInt32BE(5)
  if (bytes[3] === TYPES.goaway) return 'goaway'
  if (stream !== 1) return null
  if (bytes[3] === TYPES.reset) return 'reset'
  return bytes[3] === TYPES.headers ? statusOf(bytes.subarray(9)) : null
}

/** Fields of the static table (RFC 7541 appendix A) that are a status. */
const STATIC = new Map(
  [8, 9, 10, 11, 12, 13, 14].map((index, i) => [0x80 | index, [200, 204, 206, 304, 400, 404, 500][i] as number]),
)

/** The status that a header block begins with. */
function statusOf(bytes: Buffer): number {
  const known = STATIC.get(bytes[0] as number)
  if (known !== undefined) return known
  const length = (bytes[1] as number) & 0x7f
  const value = bytes.subarray(2, 2 + length)
  return Number((bytes[1] as number) & 0x80 ? digitsOf(value) : value.toString())
}

/** Digits in Huffman's code (RFC 7541 appendix B): 0 to 2 in five bits, 3 to 9 in six. */
function digitsOf(bytes: Buffer): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  let digits = ''
  while (bits.length >= 5 && !/^1+$/.test(bits)) {
    const five = Number.parseInt(bits.slice(0, 5), 2)
    if (five <= 2) digits += five
    else digits += Number.parseInt(bits.slice(0, 6), 2) - 0x19 + 3
    bits = bits.slice(five <= 2 ? 5 : 6)
  }
  return digits
}
