import { failure } from '../../errors.ts'
import type { Target } from './target.ts'

/** How one of several targets is chosen for a request. */
export type Algorithm = 'round_robin' | 'weighted' | 'least_connections'

/** Chooses among those targets that a request may go to; null if there is none. */
type Choice = (targets: readonly Target[], may: (target: Target) => boolean) => Target | null

const CHOICES: Readonly<Record<Algorithm, () => Choice>> = {
  round_robin: roundRobin,
  weighted: smoothWeighted,
  least_connections: leastConnections,
}

/** Shares the requests of an API out among its targets. */
export class Balancer {
  readonly targets: readonly Target[]
  readonly #choose: Choice

  constructor(targets: readonly Target[], algorithm: Algorithm) {
    this.targets = targets
    this.#choose = CHOICES[algorithm]()
  }

  /**
   * @param tried where the request has been: it goes there again only if there is nowhere else
   * @throws `all_hosts_down`
   */
  choose(tried: readonly Target[]): Target {
    const admits = ({ health, weight }: Target) => weight > 0 && (health?.admits ?? true)
    const elsewhere = this.#choose(this.targets, (target) => admits(target) && !tried.includes(target))
    const target = elsewhere ?? (tried.length > 0 ? this.#choose(this.targets, admits) : null)
    if (!target) throw failure('all_hosts_down', undefined)
    return target
  }
}

/** One after the other, in the order of the list. */
function roundRobin(): Choice {
  let next = 0
  return (targets, may) => {
    for (let i = 0; i < targets.length; i += 1) {
      const at = (next + i) % targets.length
      const target = targets[at] as Target
      if (!may(target)) continue
      next = at + 1
      return target
    }
    return null
  }
}

/**
 * By weight, evenly mixed: weights 2, 1, 1 give a b c a. Each target's credit grows by its weight; the richest is chosen,
 * and pays what all have got.
 */
function smoothWeighted(): Choice {
  const credits = new Map<Target, number>()
  return (targets, may) => {
    let richest: Target | null = null
    let most = Number.NEGATIVE_INFINITY
    let total = 0
    for (const target of targets) {
      if (!may(target)) continue
      const credit = (credits.get(target) ?? 0) + target.weight
      credits.set(target, credit)
      total += target.weight
      if (credit <= most) continue
      richest = target
      most = credit
    }
    if (richest) credits.set(richest, most - total)
    return richest
  }
}

/** The one with the fewest requests under way for its weight; among equals, in turn. */
function leastConnections(): Choice {
  let next = 0
  return (targets, may) => {
    let freest = -1
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < targets.length; i += 1) {
      const at = (next + i) % targets.length
      const target = targets[at] as Target
      if (!may(target)) continue
      const load = (target.connections.active + 1) / target.weight
      if (load >= least) continue
      freest = at
      least = load
    }
    next = freest + 1
    return targets[freest] ?? null
  }
}
