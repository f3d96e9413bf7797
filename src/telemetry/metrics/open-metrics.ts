import { setImmediate as turn } from 'node:timers/promises'
import type { ReloadReport } from '../../control/reload.ts'
import type { Logger } from '../../log.ts'
import type { PluginMeters } from '../../plugin/plugin-meter.ts'
import type { Stranger } from '../../request/listener/stranger.ts'
import type { Siblings } from '../../supervisor/siblings.ts'
import type { RequestObserver } from '../finished-request.ts'
import { GatewayMetrics, type GatewayView } from './gateway-metrics.ts'
import { MetricsPort } from './metrics-port.ts'
import { PluginMetrics } from './plugin-metrics.ts'
import { ProcessMetrics } from './process-metrics.ts'
import { RequestMetrics } from './request-metrics.ts'
import { exposition, Sheet, type SheetLines } from './sheet.ts'

export interface MetricsOptions {
  readonly settings: { readonly port: number; readonly address: string; readonly path: string }
  readonly view: GatewayView
  readonly siblings: Siblings
  readonly log: Logger
  /** Further numbers: whoever has some adds them when they are asked for. */
  readonly sources: readonly ((sheet: Sheet) => void)[]
}

export interface Metrics {
  readonly observe: RequestObserver
  readonly observeStranger: (stranger: Stranger) => void
  readonly plugins: PluginMeters
  /** @param report null where nothing was changed */
  noteReload(ms: number, report: ReloadReport | null): void
  /** Opens the port, or waits for it to be free; the gateway goes on meanwhile. */
  open(): Promise<void>
  close(): Promise<void>
}

const READ = 'metrics.read'
/** How many APIs, or plugins, are written down before others may run. */
const AT_ONCE = 20

/** Counts, for Prometheus. Every line has the number of its process, so that what one loses when it dies is not taken for a change. */
export function openMetrics({ settings, view, siblings, log, sources }: MetricsOptions): Metrics {
  const requests = new RequestMetrics()
  const plugins = new PluginMetrics()
  const gateway = new GatewayMetrics(view)
  const system = new ProcessMetrics()
  const own = { worker: String(siblings.worker) }

  const read = async (): Promise<SheetLines> => {
    const sheet = new Sheet(own)
    await inTurns(gateway.addTo(sheet))
    await inTurns(requests.addTo(sheet))
    await inTurns(plugins.addTo(sheet))
    for (const add of sources) add(sheet)
    await system.addTo(sheet)
    return sheet.lines
  }
  siblings.respond(READ, read)

  const gather = async (): Promise<string> => {
    const answers = await siblings.ask(READ, null)
    const summary = new Sheet({})
    summary.add('postern_workers', siblings.count)
    const answered = new Set(answers.map(({ worker }) => worker))
    for (let worker = 1; worker <= siblings.count; worker += 1) {
      summary.add('postern_worker_answered', Number(answered.has(worker)), { worker: String(worker) })
    }
    return exposition([summary.lines, ...answers.map(({ answer }) => answer as SheetLines)])
  }
  const port = new MetricsPort({ ...settings, gather, siblings, log })

  return {
    observe: requests.observe,
    observeStranger: requests.observeStranger,
    plugins,
    noteReload(ms, report) {
      gateway.noteReload(ms, report)
      const ids = new Set(view.apis().map(({ api }) => api.id))
      requests.keepOnly(ids)
      plugins.keepOnly(ids)
    },
    open: () => port.open(),
    async close() {
      system.close()
      await port.close()
    },
  }
}

async function inTurns(work: Generator<void>): Promise<void> {
  for (let done = 0; !work.next().done; done += 1) if (done % AT_ONCE === AT_ONCE - 1) await turn()
}
