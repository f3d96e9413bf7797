import type { RequestLog } from '../control/admin/requests.ts'
import type { Config } from '../control/config/schema.ts'
import { keySettings } from '../control/config/session-settings.ts'
import type { Logger } from '../log.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Stranger } from '../request/listener/stranger.ts'
import { KeyForms } from '../session/keys/key-forms.ts'
import type { Siblings } from '../supervisor/siblings.ts'
import { accessLog } from './access-log/access-log.ts'
import { strangerLog } from './access-log/stranger-log.ts'
import { FinishedRequest, type RequestObserver } from './finished-request.ts'
import { ShownKeys } from './shown-keys.ts'

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
  /** The latest requests; null where the configuration turns that off. */
  readonly requests: RequestLog | null
  /** Is told of every exchange that has ended. */
  readonly observe: (exchange: Exchange) => void
  /** Is told of every request that no API has served; null where nobody wants to know. */
  readonly onStranger: ((stranger: Stranger) => void) | null
  /** Writes what is left to write. */
  close(): Promise<void>
}

/** Opens what the configuration turns on; the code of the rest is not loaded. */
export async function openTelemetry({ config, log, siblings, onRequest }: TelemetryOptions): Promise<Telemetry> {
  const observers: RequestObserver[] = []
  const strangers: ((stranger: Stranger) => void)[] = []
  const { access_logs: accessLogs, track_404_logs: unrouted } = config
  const keys = new ShownKeys(new KeyForms(keySettings(config)))
  if (accessLogs.enabled) {
    const { template } = accessLogs
    observers.push(accessLog({ log, template, keys }))
    strangers.push(strangerLog({ log, template, unrouted }))
  }
  const { explain: settings, enable_server_timing: timed } = config
  const explain = settings.enabled ? (await import('./explain/explain.ts')).openExplain({ settings, siblings, keys }) : null
  if (explain) observers.push(explain.observe)
  if (onRequest) observers.push(onRequest)
  return {
    traced: onRequest !== undefined || timed || (settings.enabled && settings.steps),
    requests: explain,
    observe: observeAll(observers),
    onStranger: tellAll(strangers),
    close: async () => {},
  }
}

/** Tells one observer of every request, and records nothing. */
export function observingOnly(observe: RequestObserver): Telemetry {
  return { traced: true, requests: null, observe: observeAll([observe]), onStranger: null, close: async () => {} }
}

/** What nobody wants to know is not put together. */
function observeAll(observers: readonly RequestObserver[]): (exchange: Exchange) => void {
  if (observers.length === 0) return () => {}
  return (exchange) => {
    const finished = new FinishedRequest(exchange)
    for (const observe of observers) observe(finished)
  }
}

function tellAll<T>(listeners: readonly ((value: T) => void)[]): ((value: T) => void) | null {
  if (listeners.length === 0) return null
  return (value) => {
    for (const listener of listeners) listener(value)
  }
}
