/**
 * `node bench/figures/idle-connections-client.ts <port> <path> <count>`: opens connections, has one request answered on each,
 * prints when all of them are idle, and keeps them.
 */
import { connect } from 'node:net'

/** Opened at a time: as many as any backlog takes. */
const BATCH = 200

const [port, path, count] = process.argv.slice(2) as [string, string, string]
const request = `GET ${path} HTTP/1.1\r\nHost: api.bench.test\r\n\r\n`

for (let left = Number(count); left > 0; left -= BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, left) }, open))
}
console.log(`${count} idle`)

/** The answer is small, and comes in one piece. */
async function open(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('the server has closed a connection'))
  socket.once('data', () => resolve()).write(request)
  await promise
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
