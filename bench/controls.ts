import { headerCounts } from './load/requests.ts'
import { measureRuns } from './measure.ts'
import type { Measurement } from './measurement.ts'
import { openNginxProxy } from './nginx.ts'
import { type ControlRow, makeControlRow } from './report/results.ts'
import { openPlainProxy } from './server.ts'
import { fewer } from './settings.ts'

/** Upstream, nginx and plain proxy alone: how far the load itself goes. */
export const controls: Measurement = {
  name: 'controls',
  title: 'upstream, nginx and plain proxy alone',
  seconds: (settings) => 3 * headerCounts.length * (1 + fewer(settings, 3) * settings.seconds) + 3,
  async run({ lab, upstream }) {
    const open = [async () => upstream, () => openNginxProxy(lab, upstream), () => openPlainProxy(lab, upstream)]
    const rows: ControlRow[] = []
    for (const start of open) {
      const proxy = await start()
      for (const headers of headerCounts) {
        const load = { requests: [{}], headers, connections: lab.settings.connections }
        rows.push(makeControlRow(proxy.name, headers, await measureRuns(lab, proxy, load, fewer(lab.settings, 3))))
      }
      if (proxy !== upstream) await lab.stop(proxy.child)
    }
    return { controls: rows }
  },
}
