import type { Socket } from 'node:net'
import type { FinishedRequest } from '../telemetry/finished-request.ts'
import { type RequestTrace, traceRequest } from '../telemetry/request-trace.ts'

/** The traces of a gateway's requests, each of which has a connection of its own. */
export class TraceBook {
  readonly traces: RequestTrace[] = []
  readonly #waiting = new Map<Socket, (trace: RequestTrace) => void>()

  /** The trace of the request on a connection, once it has ended; one without steps if no API took it. */
  expect(socket: Socket): Promise<RequestTrace> {
    return new Promise((resolve) => {
      this.#waiting.set(socket, resolve)
      const giveUp = () => {
        this.#waiting.delete(socket)
        resolve({ method: '', target: '', status: 0, ms: 0, steps: [] })
      }
      // The exchange ends with the connection, too; it comes first.
      socket.once('close', () => setImmediate(giveUp))
    })
  }

  /** For the gateway: takes the trace of a request that has ended. */
  readonly note = (finished: FinishedRequest): void => {
    const trace = traceRequest(finished)
    const { socket } = finished.exchange.incoming
    this.traces.push(trace)
    this.#waiting.get(socket)?.(trace)
    this.#waiting.delete(socket)
  }
}
