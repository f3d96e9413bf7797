import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { failure, textOf } from '../errors.ts'
import { echoApp } from './echo-app.ts'

export interface EchoOptions {
  /** 0 for a free one. */
  port: number
  /** The address to listen on; '' for every interface. Default: loopback only. */
  host?: string
}

export interface Echo {
  readonly port: number
  /** Where it is reached from this machine, with a slash at the end. */
  readonly url: string
  /** Stops listening and ends open connections. Idempotent. */
  close(): Promise<void>
}

/**
 * Starts the echo upstream.
 *
 * @throws `echo_listen_failed`
 */
export async function openEcho({ port, host = '127.0.0.1' }: EchoOptions): Promise<Echo> {
  // The process may be a gateway's, whose global Request and Response are not to be replaced.
  const server = createAdaptorServer({ fetch: echoApp().fetch, overrideGlobalObjects: false }) as Server
  try {
    await once(server.listen(port, host), 'listening')
  } catch (cause) {
    throw failure('echo_listen_failed', { host, port, reason: textOf(cause) }, cause)
  }
  const bound = (server.address() as AddressInfo).port
  return {
    port: bound,
    url: `http://${host || '127.0.0.1'}:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
