import type { BreakerPosition } from '../../plugin/breaker.ts'
import type { ReportedPlugin, ReportedUse } from '../plugin-report.ts'

/** From the best to the worst. */
const POSITIONS: readonly BreakerPosition[] = ['closed', 'half-open', 'open']

/** What several processes tell of their plugins, as one: calls are added up, and of what differs the worst is told. */
export function mergePlugins(reports: readonly (readonly ReportedPlugin[])[]): readonly ReportedPlugin[] {
  const [first = []] = reports
  if (reports.length < 2) return first
  const merged = new Map<string, ReportedPlugin>()
  for (const plugin of reports.flat()) {
    const name = JSON.stringify([plugin.path, plugin.sha256, plugin.state, plugin.worker])
    const before = merged.get(name)
    merged.set(name, before ? mergePlugin(before, plugin) : plugin)
  }
  return [...merged.values()].sort((a, b) => a.path.localeCompare(b.path) || a.state.localeCompare(b.state))
}

function mergePlugin(one: ReportedPlugin, other: ReportedPlugin): ReportedPlugin {
  const uses = new Map(one.used_by.map((use) => [use.id, use]))
  for (const use of other.used_by) {
    const before = uses.get(use.id)
    uses.set(use.id, before ? mergeUse(before, use) : use)
  }
  const problem = one.problem ?? other.problem
  return { ...one, ...(problem && { problem }), used_by: [...uses.values()] }
}

function mergeUse(one: ReportedUse, other: ReportedUse): ReportedUse {
  const quarantined = one.quarantined ?? other.quarantined
  const errors = [one.last_error, other.last_error].filter((error) => error !== undefined)
  const last = errors.sort((a, b) => a.at.localeCompare(b.at)).at(-1)
  const worse = POSITIONS.indexOf(other.breaker.state) > POSITIONS.indexOf(one.breaker.state) ? other : one
  return {
    ...one,
    ...(quarantined !== undefined && { quarantined }),
    calls: one.calls + other.calls,
    errors: one.errors + other.errors,
    timeouts: one.timeouts + other.timeouts,
    late_errors: one.late_errors + other.late_errors,
    ...(last && { last_error: last }),
    breaker: worse.breaker,
  }
}
