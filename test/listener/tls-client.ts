import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** Connects as a client that takes any certificate. */
export async function connectTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** The common name of the certificate that a client is shown that asks for a host, or for none. */
export async function nameShown(port: number, servername?: string): Promise<string> {
  using socket = disposable(await connectTls(port, servername === undefined ? {} : { servername }))
  return String(socket.it.getPeerCertificate().subject.CN)
}

/** What the server answers to a request, up to the end of the connection. */
export async function askTls(port: number, request: string | Buffer, options: ConnectionOptions = {}): Promise<string> {
  using socket = disposable(await connectTls(port, options))
  socket.it.write(request)
  let text = ''
  for await (const chunk of socket.it) text += chunk
  return text
}

function disposable(it: TLSSocket): { it: TLSSocket } & Disposable {
  it.on('error', () => {})
  return { it, [Symbol.dispose]: () => void it.destroy() }
}
