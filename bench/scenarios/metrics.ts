import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../ask.ts'
import type { Child } from '../child.ts'
import { freePort, type Lab } from '../lab.ts'
import type { Gateway } from '../postern.ts'
import { expectThat } from './expect.ts'
import { repeat } from './repeat.ts'

/** Prometheus asks every 15 s as a rule; runs are shorter. */
const SCRAPE_EVERY_MS = 1_000
const DEADLINE_MS = 10_000

/** Prometheus and StatsD, for one gateway at a time. */
export class Metrics {
  #statsd: Child | null = null
  #url = ''

  /** Keys of gateway.conf, once there is somebody that StatsD packets go to. */
  async configuration(lab: Lab): Promise<object> {
    const [port, statsdPort] = [await freePort(), await freePort()]
    this.#url = `http://127.0.0.1:${port}/metrics`
    const program = join(import.meta.dirname, 'statsd-sink.ts')
    this.#statsd = lab.start('statsd', lab.settings.cores.load, [process.execPath, program, String(statsdPort)])
    return {
      metrics: { port, address: '127.0.0.1' },
      instrumentation: true,
      statsd_connection_string: `127.0.0.1:${statsdPort}`,
    }
  }

  /** Asks as Prometheus does, until it is told to stop. */
  scrape(gateway: Gateway): () => Promise<void> {
    return repeat(SCRAPE_EVERY_MS, async () => {
      const { status, body } = await ask(this.#url)
      expectThat(gateway, 'metrics', status === 200, body)
    })
  }

  /** Both have to tell of requests that there have been. */
  async expectCounts(gateway: Gateway): Promise<void> {
    const { body } = await ask(this.#url)
    expectThat(gateway, 'requests in the metrics', /^postern_requests_total\{.*api_id="bench".*\} [1-9]/m.test(body), body)
    const deadline = Date.now() + DEADLINE_MS
    while (Date.now() < deadline && !this.#statsd?.output.includes('JSPluginMiddleware')) await sleep(50)
    const told = this.#statsd?.output ?? ''
    expectThat(gateway, 'calls of a plugin over StatsD', told.includes('JSPluginMiddleware'), told)
  }
}
