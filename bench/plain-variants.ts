/**
 * The control where connections matter: plain-proxy.ts, which stays as it is, behind TLS, or with connections that stay open as
 * long as the gateway's; Node's own servers close them after five idle seconds.
 *
 * `node bench/plain-variants.ts <upstream origin> <port> [<certificate file> <key file>]`
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createPlainProxy } from './plain-proxy.ts'

const KEEP_ALIVE_TIMEOUT_MS = 75_000

const [origin = '', port, cert, key] = process.argv.slice(2)
const plain = createPlainProxy(origin)
const server = cert && key ? behindTls(readFileSync(cert), readFileSync(key)) : plain
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
server.listen(Number(port), '127.0.0.1')

function behindTls(cert: Buffer, key: Buffer) {
  return createServer({ cert, key, optimizeEmptyRequests: true }, (request, response) => plain.emit('request', request, response))
}
