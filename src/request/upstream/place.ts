import { Balancer } from './balancer.ts'
import { OpenParts, type SharedParts } from './parts.ts'
import type { Target } from './target.ts'
import type { TargetPlan, UpstreamPlan } from './upstream-plan.ts'

/** Targets that are open, and the choice among them. */
export interface Place {
  readonly balancer: Balancer
  close(): Promise<void>
}

/** @throws what OpenSSL says about certificates and ciphers that it cannot use */
export function openPlace(targets: readonly TargetPlan[], plan: UpstreamPlan, shared: SharedParts, apiId: string): Place {
  const parts = new OpenParts(shared, plan, apiId)
  try {
    const opened = openTargets(targets, plan, parts)
    return { balancer: new Balancer(opened, plan.balancing?.algorithm ?? 'round_robin'), close: () => parts.close() }
  } catch (error) {
    void parts.close()
    throw error
  }
}

function openTargets(targets: readonly TargetPlan[], { balancing }: UpstreamPlan, parts: OpenParts): Target[] {
  const tests = parts.tests()
  if (!balancing) return targets.map((target) => parts.target(target))
  const { ejection, heedTests } = balancing
  return targets.map((target) => {
    const ofHost = tests.filter((test) => test.plan.url.host === target.url.host)
    return parts.target(target, { ejection, tests: heedTests ? ofHost : [] })
  })
}
