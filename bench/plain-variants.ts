/**
 * The control where connections matter: plain-proxy.ts, which stays as it is, behind TLS, or with connections that stay open as
 * long as the gateway's; Node's own servers close them after five idle seconds. And one that does nothing for a while in each
 * request.
 *
 * `node bench/plain-variants.ts <upstream origin> <port> [<certificate file> <key file>] [--idle=<microseconds>]`
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { parseArgs } from 'node:util'
import { createPlainProxy } from './plain-proxy.ts'

const KEEP_ALIVE_TIMEOUT_MS = 75_000

const { values, positionals } = parseArgs({ allowPositionals: true, options: { idle: { type: 'string', default: '0' } } })
const [origin = '', port, cert, key] = positionals
const plain = createPlainProxy(origin)
const server = cert && key ? behindTls(readFileSync(cert), readFileSync(key)) : plain
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
const idleNs = 1000n * BigInt(values.idle)
if (idleNs > 0n) server.prependListener('request', idle)
server.listen(Number(port), '127.0.0.1')

/** Takes up the core. */
function idle(): void {
  const until = process.hrtime.bigint() + idleNs
  while (process.hrtime.bigint() < until);
}

function behindTls(cert: Buffer, key: Buffer) {
  return createServer({ cert, key, optimizeEmptyRequests: true }, (request, response) => plain.emit('request', request, response))
}
