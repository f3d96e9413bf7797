/** `node fast-gateway.mjs <upstream origin> <port>`, where fast-gateway is installed. */
import gateway from 'fast-gateway'

const [target, port] = process.argv.slice(2)
const server = gateway({ routes: [{ prefix: '/bench', prefixRewrite: '/bench', target }] })
await server.start(Number(port), '127.0.0.1')
