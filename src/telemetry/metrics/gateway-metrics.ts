import type { CompiledApi } from '../../control/compile-api.ts'
import type { ReloadReport } from '../../control/reload.ts'
import type { BreakerPosition } from '../../plugin/breaker.ts'
import type { StoreStatus } from '../../store/status.ts'
import type { Version } from '../../version.ts'
import { Histogram } from './histogram.ts'
import type { Sheet } from './sheet.ts'

/** What there is to see of a gateway when it is looked at. */
export interface GatewayView {
  /** What serves. */
  apis(): readonly CompiledApi[]
  /** What the last load made of the files. */
  report(): ReloadReport
  store(): StoreStatus
  /** How many requests are being served. */
  inFlight(): number
  readonly version: Version
}

const BREAKER: Readonly<Record<BreakerPosition, number>> = { closed: 0, 'half-open': 1, open: 2 }

type ReloadResult = 'ok' | 'partial' | 'failed'

/** What is known of the gateway as a whole. */
export class GatewayMetrics {
  readonly #view: GatewayView
  readonly #reloads: Record<ReloadResult, number> = { ok: 0, partial: 0, failed: 0 }
  readonly #duration = new Histogram()

  constructor(view: GatewayView) {
    this.#view = view
  }

  /** @param report null where nothing was changed */
  noteReload(ms: number, report: ReloadReport | null): void {
    this.#reloads[report === null ? 'failed' : report.failed.length > 0 ? 'partial' : 'ok'] += 1
    this.#duration.observe(ms / 1000)
  }

  *addTo(sheet: Sheet): Generator<void> {
    const { version, ...view } = this.#view
    sheet.add('postern_build_info', 1, { version: version.version, node: process.versions.node })
    sheet.add('postern_requests_in_flight', view.inFlight())
    this.#addStore(sheet, view.store())
    for (const [result, count] of Object.entries(this.#reloads)) sheet.add('postern_reloads_total', count, { result })
    sheet.addHistogram('postern_reload_duration_seconds', this.#duration)
    sheet.add('postern_definitions_failed', view.report().failed.length)
    for (const api of view.apis()) {
      addApi(sheet, api)
      yield
    }
  }

  #addStore(sheet: Sheet, { type, status, lostWrites, owedWrites }: StoreStatus): void {
    for (const each of ['pass', 'warn', 'fail'] as const) {
      sheet.add('postern_store_status', Number(status === each), { type, status: each })
    }
    sheet.add('postern_store_lost_writes_total', lostWrites, { type })
    if (owedWrites !== undefined) sheet.add('postern_store_owed_writes', owedWrites, { type })
  }
}

function addApi(sheet: Sheet, { api, uses }: CompiledApi): void {
  const { id, name, orgId, listenPath } = api
  sheet.add('postern_api_info', 1, { api_id: id, api_name: name, org_id: orgId, listen_path: listenPath })
  // What a definition names several times in one hook is one plugin: the worst of it counts.
  const plugins = new Map<string, { hook: string; plugin: string; breaker: number; lateErrors: number; loaded: boolean }>()
  for (const { hook, name: plugin, quarantined, state } of uses) {
    const { breaker, late_errors: late } = state.health
    const key = JSON.stringify([hook, plugin])
    const before = plugins.get(key) ?? { hook, plugin, breaker: 0, lateErrors: 0, loaded: true }
    plugins.set(key, {
      ...before,
      breaker: Math.max(before.breaker, BREAKER[breaker.state]),
      lateErrors: before.lateErrors + late,
      loaded: before.loaded && quarantined === null,
    })
  }
  for (const { hook, plugin, breaker, lateErrors, loaded } of plugins.values()) {
    const labels = { api_id: id, hook, plugin }
    sheet.add('postern_plugin_breaker_state', breaker, labels)
    sheet.add('postern_plugin_loaded', Number(loaded), labels)
    if (lateErrors > 0) sheet.add('postern_plugin_late_errors_total', lateErrors, labels)
  }
}
