import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Connections that send the same request again and again, one at a time each, for next to no CPU time: the gateway is to have it. */
export class RawClient {
  readonly #request: Buffer
  readonly #idle: Socket[] = []
  readonly #all: Socket[] = []
  /** Requests that wait for a connection. */
  readonly #waiting: ((socket: Socket) => void)[] = []

  private constructor(request: Buffer) {
    this.#request = request
  }

  static async open(url: string, key: string, connections: number): Promise<RawClient> {
    const { hostname, port, pathname, host } = new URL(url)
    const lines = [`GET ${pathname} HTTP/1.1`, `Host: ${host}`, `Authorization: ${key}`, '', '']
    const client = new RawClient(Buffer.from(lines.join('\r\n')))
    for (let i = 0; i < connections; i += 1) {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      await once(socket, 'connect')
      client.#all.push(socket)
      client.#idle.push(socket)
    }
    return client
  }

  /** Sends the request once a connection is free; the status of its answer. */
  async send(): Promise<number> {
    const socket = this.#idle.pop() ?? (await new Promise<Socket>((resolve) => void this.#waiting.push(resolve)))
    const status = await exchange(socket, this.#request)
    const next = this.#waiting.shift()
    if (next) next(socket)
    else this.#idle.push(socket)
    return status
  }

  close(): void {
    for (const socket of this.#all) socket.destroy()
  }
}

/** Answers are short, and have a Content-Length. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    const done = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose)
      settle()
    }
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0)
      if (text.length >= end + 4 + length) done(() => resolve(Number(text.slice(9, 12))))
    }
    const onClose = () => done(() => reject(new Error(`The gateway closed a connection after ${text || 'nothing'}`)))
    socket.on('data', onData).on('close', onClose)
    socket.write(request)
  })
}
