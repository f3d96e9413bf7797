import type { ClientRequest, ClientResponse } from './client-message.ts'

/** How long a client that sends a body that nobody wants has to read the answer, before its connection is cut. */
const LINGER_MS = 1000

/** Has an upload end with its response. In HTTP/2 it does by itself: the stream is reset. */
export function cutUpload(incoming: ClientRequest, outgoing: ClientResponse): void {
  if (incoming.httpVersionMajor !== 1) return
  outgoing.once('finish', () => {
    if (incoming.complete) return
    setTimeout(() => incoming.complete || incoming.socket.destroy(), LINGER_MS).unref()
  })
}
