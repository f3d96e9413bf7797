import type { BalancingPlan, TargetPlan } from '../../../request/upstream/upstream-plan.ts'
import { closest } from '../../closest.ts'
import type { Findings } from '../findings.ts'
import type { DefinitionFields } from '../schema.ts'
import { readHost } from './read-url.ts'
import type { LoadBalancingFields } from './schema.ts'

const FIELD = ['proxy', 'load_balancing']

/** Reads how requests are shared out; null where they all go to `target_url`. */
export function readBalancing({ proxy }: DefinitionFields, findings: Findings): BalancingPlan | null {
  const { enable_load_balancing: enabled, target_list: list, load_balancing: fields } = proxy
  if (!enabled) {
    warnOfIdleFields(proxy, findings)
    return null
  }
  const discovered = proxy.service_discovery.use_discovery_service
  if (list.length === 0 && !discovered)
    findings.addProblem(['proxy', 'target_list'], 'expected the targets to balance among, found none')
  if (discovered) warnOfNamedTargets(proxy, findings)
  else checkWeights(fields, list, findings)
  const { algorithm, ejection } = fields
  return {
    targets: readTargets(list, fields, findings),
    algorithm,
    ejection: ejection ? { failures: ejection.failures, cooldownMs: ejection.cooldown_ms } : null,
    heedTests: proxy.check_host_against_uptime_tests,
  }
}

function warnOfIdleFields(proxy: DefinitionFields['proxy'], findings: Findings): void {
  const why = 'of no effect, because "enable_load_balancing" is not true'
  const { weights, ejection, algorithm } = proxy.load_balancing
  if (Object.keys(weights).length > 0 || ejection || algorithm !== 'round_robin') findings.addWarning(FIELD, why)
  if (proxy.check_host_against_uptime_tests) findings.addWarning(['proxy', 'check_host_against_uptime_tests'], why)
}

/** Targets that somebody else names have no weights, and those that the definition names get nothing. */
function warnOfNamedTargets(
  { target_list: list, load_balancing: { weights } }: DefinitionFields['proxy'],
  findings: Findings,
): void {
  const why = 'of no effect, because "service_discovery" names the targets'
  if (list.length > 0) findings.addWarning(['proxy', 'target_list'], why)
  if (Object.keys(weights).length > 0) findings.addWarning([...FIELD, 'weights'], why)
}

function readTargets(list: readonly string[], { algorithm, weights }: LoadBalancingFields, findings: Findings): TargetPlan[] {
  return list.flatMap((text, i) => {
    const url = readHost(text, ['proxy', 'target_list', i], findings)
    const weight = algorithm === 'round_robin' ? 1 : (weights[text] ?? 1)
    return url ? [{ url, weight }] : []
  })
}

function checkWeights({ algorithm, weights }: LoadBalancingFields, list: readonly string[], findings: Findings): void {
  const named = Object.keys(weights)
  const field = [...FIELD, 'weights']
  if (algorithm === 'round_robin') {
    if (named.length > 0) findings.addWarning(field, 'of no effect, because "algorithm" is "round_robin"; choose "weighted"')
    return
  }
  for (const name of named.filter((each) => !list.includes(each))) {
    const meant = closest(name, list)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    findings.addProblem([...field, name], `expected a target as "target_list" has it${hint}`)
  }
  if (list.length > 0 && list.every((target) => weights[target] === 0)) {
    findings.addProblem(field, 'expected a target with a weight above 0, found none')
  }
}
