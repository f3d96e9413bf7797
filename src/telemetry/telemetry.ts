import type { RequestLog } from '../control/admin/requests.ts'
import type { Config } from '../control/config/schema.ts'
import { keySettings } from '../control/config/session-settings.ts'
import type { ReloadReport } from '../control/reload.ts'
import { failure } from '../errors.ts'
import { type Logger, lostLines } from '../log.ts'
import type { PluginMeters } from '../plugin/plugin-meter.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Stranger } from '../request/listener/stranger.ts'
import { KeyForms } from '../session/keys/key-forms.ts'
import type { Siblings } from '../supervisor/siblings.ts'
import { accessLog } from './access-log/access-log.ts'
import { strangerLog } from './access-log/stranger-log.ts'
import type { Analytics } from './analytics/analytics.ts'
import { FinishedRequest, type RequestObserver } from './finished-request.ts'
import type { GatewayView } from './metrics/gateway-metrics.ts'
import type { Metrics } from './metrics/open-metrics.ts'
import type { Sheet } from './metrics/sheet.ts'
import { metersOf } from './plugin-meters.ts'
import { ShownKeys } from './shown-keys.ts'
import type { Statsd } from './statsd/open-statsd.ts'

export interface TelemetryOptions {
  readonly config: Config
  readonly log: Logger
  readonly siblings: Siblings
  /** What metrics look at when they are asked for. */
  readonly view: GatewayView
  /** Is told of every request that has ended; each then has a trace. */
  readonly onRequest: RequestObserver | undefined
}

/** Everything that records requests: what it needs to know of them, and what it tells of them. */
export interface Telemetry {
  /** Whether every request has a trace of its steps. */
  readonly traced: boolean
  /** Where calls of plugins are measured; null where nobody wants to know. */
  readonly plugins: PluginMeters | null
  /** The latest requests; null where the configuration turns that off. */
  readonly requests: RequestLog | null
  /** Is told of every exchange that has ended. */
  readonly observe: (exchange: Exchange) => void
  /** Is told of every request that no API has served; null where nobody wants to know. */
  readonly onStranger: ((stranger: Stranger) => void) | null
  /** Is told of every load of the definitions: how long it took, in milliseconds, and what came of it; null where it changed nothing. */
  readonly noteReload: (ms: number, report: ReloadReport | null) => void
  /** Begins to answer for what is recorded, once there is something to look at. */
  open(): Promise<void>
  /** The records of requests; null where there are none. */
  readonly analytics: Analytics | null
  /** Writes what is left to write. */
  close(): Promise<void>
}

/** Opens what the configuration turns on; the code of the rest is not loaded. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { config, log, siblings, onRequest } = options
  const observers: RequestObserver[] = []
  const strangers: ((stranger: Stranger) => void)[] = []
  const { access_logs: accessLogs, track_404_logs: unrouted } = config
  const keys = new ShownKeys(new KeyForms(keySettings(config)))
  if (accessLogs.enabled) {
    const { template } = accessLogs
    observers.push(accessLog({ log, template, keys }))
    strangers.push(strangerLog({ log, template, unrouted }))
  }
  const analytics = await openAnalytics(options, keys)
  if (analytics) observers.push(analytics.observe)
  const metrics = await openMetrics(options, analytics)
  if (metrics) {
    observers.push(metrics.observe)
    strangers.push(metrics.observeStranger)
  }
  const statsd = await openStatsd(options)
  const { explain: settings, enable_server_timing: timed } = config
  const explain = settings.enabled ? (await import('./explain/explain.ts')).openExplain({ settings, siblings, keys }) : null
  if (explain) observers.push(explain.observe)
  if (onRequest) observers.push(onRequest)
  return {
    traced: onRequest !== undefined || timed || (settings.enabled && settings.steps),
    requests: explain,
    plugins: metersOf([metrics?.plugins ?? [], statsd ?? []].flat()),
    observe: observeAll(observers),
    analytics,
    onStranger: tellAll(strangers),
    noteReload: (ms, report) => metrics?.noteReload(ms, report),
    open: async () => metrics?.open(),
    close: async () => void (await Promise.all([metrics?.close(), statsd?.close(), analytics?.close()])),
  }
}

async function openMetrics(
  { config, log, siblings, view }: TelemetryOptions,
  analytics: Analytics | null,
): Promise<Metrics | null> {
  if (config.metrics.port === 0) return null
  const { openMetrics: open } = await import('./metrics/open-metrics.ts')
  // Parts of telemetry that count something for themselves have a line here.
  const sources = [
    (sheet: Sheet) => sheet.add('postern_log_lines_lost_total', lostLines(log)),
    ...(analytics ? [(sheet: Sheet) => addRecords(sheet, analytics)] : []),
  ]
  return open({ settings: config.metrics, view, siblings, log, sources })
}

function addRecords(sheet: Sheet, { counters }: Analytics): void {
  for (const [outcome, count] of Object.entries(counters)) sheet.add('postern_analytics_records_total', count, { outcome })
}

async function openAnalytics(options: TelemetryOptions, keys: ShownKeys): Promise<Analytics | null> {
  if (!options.config.enable_analytics) return null
  const { openAnalytics: open } = await import('./analytics/analytics.ts')
  return await open({ ...options, keys })
}

async function openStatsd({ config, log }: TelemetryOptions): Promise<Statsd | null> {
  if (!config.instrumentation) return null
  const { statsd_connection_string: address, statsd_prefix: prefix } = config
  if (address === '') {
    const { code, message } = failure('statsd_not_named', undefined)
    log.error({ code }, message)
    return null
  }
  const { openStatsd: open } = await import('./statsd/open-statsd.ts')
  return open({ address, prefix, log })
}

/** Tells one observer of every request, and records nothing. */
export function observingOnly(observe: RequestObserver): Telemetry {
  return {
    traced: true,
    requests: null,
    plugins: null,
    analytics: null,
    observe: observeAll([observe]),
    onStranger: null,
    noteReload: () => {},
    open: async () => {},
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

function tellAll<T>(listeners: readonly ((value: T) => void)[]): ((value: T) => void) | null {
  if (listeners.length === 0) return null
  return (value) => {
    for (const listener of listeners) listener(value)
  }
}
