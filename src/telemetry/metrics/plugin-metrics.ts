import type { CallEnd, MeteredPlugin, PluginMeter, PluginMeters } from '../../plugin/plugin-meter.ts'
import { Histogram } from './histogram.ts'
import type { Sheet } from './sheet.ts'

/** The calls of one plugin in one hook of one API. */
class PluginCounts implements PluginMeter {
  readonly plugin: MeteredPlugin
  readonly duration = new Histogram()
  readonly ends: Record<CallEnd, number> = { passed: 0, answered: 0, failed: 0, timeout: 0, abandoned: 0 }

  constructor(plugin: MeteredPlugin) {
    this.plugin = plugin
  }

  called(end: CallEnd, ms: number): void {
    this.ends[end] += 1
    this.duration.observe(ms / 1000)
  }
}

/** Counts and times the calls of plugins. */
export class PluginMetrics implements PluginMeters {
  readonly #plugins = new Map<string, PluginCounts>()

  /** What a definition names several times in one hook is one plugin. */
  of(plugin: MeteredPlugin): PluginMeter {
    const key = JSON.stringify([plugin.apiId, plugin.hook, plugin.name])
    const counts = this.#plugins.get(key) ?? new PluginCounts(plugin)
    this.#plugins.set(key, counts)
    return counts
  }

  /** Forgets the counts of APIs that are served no more. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const [key, { plugin }] of this.#plugins) if (!ids.has(plugin.apiId)) this.#plugins.delete(key)
  }

  *addTo(sheet: Sheet): Generator<void> {
    for (const { plugin, duration, ends } of this.#plugins.values()) {
      const labels = { api_id: plugin.apiId, hook: plugin.hook, plugin: plugin.name }
      for (const [result, count] of Object.entries(ends)) {
        if (count > 0) sheet.add('postern_plugin_calls_total', count, { ...labels, result })
      }
      sheet.addHistogram('postern_plugin_duration_seconds', duration, labels)
      yield
    }
  }
}
