import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a port of this machine that can be cut, as a network is: nothing passes, and nobody is told. */
export class CuttableLink implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  static async to(port: number): Promise<CuttableLink> {
    const link = new CuttableLink(port)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  private constructor(port: number) {
    this.#server = createServer((near) => {
      this.#keep(near)
      // Who connects while it is cut waits, as for packets that are lost.
      if (this.#isCut) return
      const far = connect(port, '127.0.0.1')
      this.#keep(far)
      this.#join(near, far)
      this.#join(far, near)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    this.#isCut = true
  }

  /** Lets connections through that are made from now on; those that were cut are lost. */
  mend(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }

  #join(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (!this.#isCut) to.write(bytes)
    })
    from.on('close', () => {
      if (!this.#isCut) to.destroy()
    })
  }
}
