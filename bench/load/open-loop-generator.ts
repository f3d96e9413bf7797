/**
 * Sends one request every 1/rate seconds, and measures from the time at which each was due: a proxy that stalls makes those wait that
 * would have come meanwhile, which a closed loop leaves out. Its argument is an OpenOrder as JSON; it prints an OpenReport.
 *
 * epoll sleeps for whole milliseconds, too long for this: the loop looks at its sockets at least every 50 µs, and sleeps in between, so
 * that the upstream on the same core gets its share.
 */
import { connect, type Socket } from 'node:net'
import type { OpenOrder, OpenReport } from './open-loop.ts'

const LOOK_EVERY_MS = 0.05
const LAST_ANSWERS_MS = 10_000

const order = JSON.parse(process.argv[2] ?? '') as OpenOrder
const request = Buffer.from(order.text, 'latin1')
const interval = 1000 / order.rate
const total = Math.round(order.rate * order.seconds)
const latencies = new Float64Array(total)
const lateness: number[] = []
const idle: Socket[] = []
/** When the requests were due that wait for a connection. */
const waiting: number[] = []
let firstWaiting = 0
let sent = 0
let answered = 0

class Connection {
  readonly socket: Socket
  #dueAt = 0
  #received = ''
  #busy = false
  #ends = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1')
    this.socket.on('data', (text: string) => this.#receive(text))
    this.socket.on('error', (error) => fail(error.message))
    this.socket.on('close', () => this.#ends || fail('a connection was closed'))
  }

  send(dueAt: number): void {
    this.#dueAt = dueAt
    this.#busy = true
    this.#received = ''
    this.socket.write(request)
  }

  #receive(text: string): void {
    if (!this.#busy) fail(`an answer that nobody asked for: ${text.slice(0, 200)}`)
    this.#received += text
    const head = this.#received.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1] ?? Number.NaN)
    if (!/^HTTP\/1\.1 2/.test(this.#received) || Number.isNaN(length)) fail(`an answer of ${this.#received.slice(0, 200)}`)
    if (this.#received.length < head + 4 + length) return
    this.#busy = false
    latencies[answered++] = performance.now() - this.#dueAt
    if (answered === total) report()
    // Several workers spread their connections by closing some.
    else if (/\r\nconnection: *close\r\n/i.test(this.#received.slice(0, head + 2))) this.#replace()
    else serveNext(this)
  }

  #replace(): void {
    this.#ends = true
    connections.delete(this.socket)
    void open()
  }
}

/** Gives a connection the request that has waited longest; without one it waits for the next. */
function serveNext(connection: Connection): void {
  const next = waiting[firstWaiting]
  if (next === undefined) {
    idle.push(connection.socket)
  } else {
    firstWaiting += 1
    connection.send(next)
  }
}

const connections = new Map<Socket, Connection>()
await Promise.all(Array.from({ length: order.connections }, open))
const start = performance.now()
const end = start + order.seconds * 1000 + LAST_ANSWERS_MS
const cell = new Int32Array(new SharedArrayBuffer(4))
turn()

async function open(): Promise<void> {
  const connection = new Connection(order.port)
  connections.set(connection.socket, connection)
  await new Promise<void>((resolve) => connection.socket.once('connect', resolve))
  serveNext(connection)
}

function turn(): void {
  let now = performance.now()
  while (sent < total && start + sent * interval <= now) {
    sendNext(now)
    now = performance.now()
  }
  if (answered === total) return
  if (now > end) fail(`${total - answered} of ${total} requests unanswered`)
  setImmediate(turn)
  const untilNext = sent < total ? start + sent * interval - now : LOOK_EVERY_MS
  if (untilNext > 0) Atomics.wait(cell, 0, 0, Math.min(untilNext, LOOK_EVERY_MS))
}

function sendNext(now: number): void {
  const dueAt = start + sent * interval
  sent += 1
  const socket = idle.shift()
  if (socket === undefined) {
    waiting.push(dueAt)
  } else {
    lateness.push(now - dueAt)
    connections.get(socket)?.send(dueAt)
  }
}

function report(): void {
  const sorted = latencies.sort()
  const late = Float64Array.from(lateness).sort()
  const at = (values: Float64Array, share: number) => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
  const seen: OpenReport = {
    requests: total,
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    p999: at(sorted, 0.999),
    max: at(sorted, 1),
    lateP99: at(late, 0.99),
  }
  process.stdout.write(`bench ${JSON.stringify(seen)}\n`, () => process.exit(0))
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
