import { readdir } from 'node:fs/promises'
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Sheet } from './sheet.ts'

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION = 20
const QUANTILES = [0.5, 0.9, 0.99, 1]

/** What the system and Node say of this process. */
export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delay.enable()
  }

  async addTo(sheet: Sheet): Promise<void> {
    const cpu = process.cpuUsage()
    sheet.add('process_cpu_seconds_total', (cpu.user + cpu.system) / 1e6)
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
    sheet.add('process_resident_memory_bytes', rss)
    sheet.add('nodejs_heap_size_used_bytes', heapUsed)
    sheet.add('nodejs_heap_size_total_bytes', heapTotal)
    sheet.add('nodejs_external_memory_bytes', external)
    sheet.add('process_start_time_seconds', performance.timeOrigin / 1000)
    this.#addEventLoop(sheet)
    const open = await readdir('/proc/self/fd').catch(() => null)
    if (open) sheet.add('process_open_fds', open.length)
  }

  #addEventLoop(sheet: Sheet): void {
    const delay = this.#delay
    for (const quantile of QUANTILES) {
      // The interval itself is in what is measured; without a single measurement there is nothing to tell.
      const late = delay.count === 0 ? 0 : Math.max(delay.percentile(quantile * 100) / 1e9 - RESOLUTION / 1000, 0)
      sheet.add('postern_event_loop_lag_seconds', late, { quantile: String(quantile) })
    }
    delay.reset()
    const utilization = performance.eventLoopUtilization()
    sheet.add('postern_event_loop_utilization', performance.eventLoopUtilization(utilization, this.#utilization).utilization)
    this.#utilization = utilization
  }

  close(): void {
    this.#delay.disable()
  }
}
