import type { Socket } from 'node:net'

/** Writes bytes as they are (a string: one byte for each character). Settles when there is room for more, or the socket is closed. */
export function writeBytes(socket: Socket, bytes: string | Buffer): Promise<void> {
  if (socket.destroyed || socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle)
      resolve()
    }
    socket.on('drain', settle).on('close', settle)
  })
}
