/** `node fastify-http-proxy.mjs <upstream origin> <port>`, where fastify and @fastify/http-proxy are installed. */
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'

const [upstream, port] = process.argv.slice(2)
const server = fastify()
await server.register(proxy, { upstream, undici: { connections: 256 } })
await server.listen({ host: '127.0.0.1', port: Number(port) })
