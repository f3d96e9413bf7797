import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { failure } from '../../errors.ts'
import type { Connect } from './connections.ts'

/** Opens connections through a proxy that is asked to pass bytes on (CONNECT, RFC 9110 §9.3.6). */
export function connectThrough(proxy: string, timeoutMs: number, connect: Connect): Connect {
  return (options, connected) => {
    const authority = `${options.host?.includes('[') ? `[${options.hostname}]` : options.hostname}:${options.port || 443}`
    openTunnel(new URL(proxy), authority, timeoutMs, (error, httpSocket) => {
      if (httpSocket) connect({ ...options, httpSocket }, connected)
      else connected(error as Error, null)
    })
  }
}

/** The header that a proxy with credentials in its URL is sent; null where it has none. */
export function proxyAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

type Opened = (error: Error | null, socket: Socket | null) => void

function openTunnel(proxy: URL, authority: string, timeoutMs: number, opened: Opened): void {
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp
  const authorization = proxyAuthorization(proxy)
  const call = request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { Host: authority, ...(authorization && { 'Proxy-Authorization': authorization }) },
    agent: false,
  })
  const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  const fail = (reason: string, cause?: unknown) => {
    clearTimeout(timer)
    opened(failure('upstream_proxy_failed', { proxy: proxy.host, reason }, cause), null)
  }
  call.once('error', (error) => fail(error.message, error))
  call.once('connect', (response, socket) => {
    if (response.statusCode !== 200) {
      socket.destroy()
      fail(`it answered ${response.statusCode}`)
      return
    }
    clearTimeout(timer)
    opened(null, socket as Socket)
  })
  call.end()
}
