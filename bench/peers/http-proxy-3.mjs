/** `node http-proxy-3.mjs <upstream origin> <port>`, where http-proxy-3 is installed. */
import { Agent } from 'node:http'
import { createProxyServer } from 'http-proxy-3'

const [target, port] = process.argv.slice(2)
createProxyServer({ target, xfwd: true, agent: new Agent({ keepAlive: true }) }).listen(Number(port), '127.0.0.1')
