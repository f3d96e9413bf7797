import type { PluginMeter, PluginMeters } from '../plugin/plugin-meter.ts'

/** All of them as one; null where there is none. */
export function metersOf(all: readonly PluginMeters[]): PluginMeters | null {
  const [first, second] = all
  if (!first) return null
  if (!second) return first
  return { of: (plugin) => together(all.map((meters) => meters.of(plugin))) }
}

function together(meters: readonly PluginMeter[]): PluginMeter {
  return {
    called(end, ms) {
      for (const meter of meters) meter.called(end, ms)
    },
  }
}
