import type { Config } from '../control/config/schema.ts'
import type { Logger } from '../log.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Siblings } from '../supervisor/siblings.ts'
import { accessLog } from './access-log.ts'
import { FinishedRequest, type RequestObserver } from './finished-request.ts'

export interface TelemetryOptions {
  readonly config: Config
  readonly log: Logger
  readonly siblings: Siblings
  /** Is told of every request that has ended; each then has a trace. */
  readonly onRequest: RequestObserver | undefined
}

/** Everything that records requests: what it needs to know of them, and what it tells of them. */
export interface Telemetry {
  /** Whether every request has a trace of its steps. */
  readonly traced: boolean
  /** Is told of every exchange that has ended. */
  readonly observe: (exchange: Exchange) => void
  /** Writes what is left to write. */
  close(): Promise<void>
}

/** Opens what the configuration turns on; the code of the rest is not loaded. */
export async function openTelemetry({ config, log, onRequest }: TelemetryOptions): Promise<Telemetry> {
  const observers = [...(config.access_logs.enabled ? [accessLog(log)] : []), ...(onRequest ? [onRequest] : [])]
  return {
    traced: onRequest !== undefined,
    observe: observeAll(observers),
    close: async () => {},
  }
}

/** What nobody wants to know is not put together. */
function observeAll(observers: readonly RequestObserver[]): (exchange: Exchange) => void {
  if (observers.length === 0) return () => {}
  return (exchange) => {
    const finished = new FinishedRequest(exchange)
    for (const observe of observers) observe(finished)
  }
}
