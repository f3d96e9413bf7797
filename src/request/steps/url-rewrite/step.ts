import { isFailure } from '../../../errors.ts'
import { refuse, refuseFailure } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Rewritten } from '../../chain/place.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { rewrittenPath, settleUrl, standingTarget } from '../../proxy/target.ts'
import { normalisePath } from '../../router/normal-path.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { Found, Search } from '../../rules/search.ts'
import { currentHeaders } from '../../values/context-data.ts'
import type { StepKind } from '../step-kind.ts'
import type { Located, StepSource } from '../step-source.ts'
import { type Destination, type DestinationPlan, destinationOf } from './destination.ts'
import { LoopStep } from './loop-step.ts'
import type { Subject } from './matches.ts'
import { OtherUpstreams } from './other-upstreams.ts'
import { readDestination } from './read-destination.ts'
import { readSearch, readTriggers } from './read-triggers.ts'
import { rewriteEntry } from './schema.ts'
import { firstTrigger, type Trigger } from './trigger.ts'

/** How many other hosts one version keeps connections to. */
const MOST_HOSTS = 100

/** Sends requests to another path, another host or another API than their own path says. */
export const urlRewrite: StepKind = {
  key: 'url-rewrite',
  fields: { extendedPaths: { url_rewrites: rewriteEntry } },

  read(source) {
    const rules = source.section('url_rewrites', rewriteEntry).flatMap((located) => readRewrite(located, source) ?? [])
    if (rules.length === 0) return null
    const loops = rules.some(({ value: { plan, triggers } }) => [plan, ...triggers.map((each) => each.plan)].some(isLoop))
    return (tools) => {
      const upstreams = new OtherUpstreams((origin) => tools.openUpstream(origin), MOST_HOSTS)
      tools.onRelease(() => upstreams.close())
      return [new UrlRewriteStep(new RuleSet(rules), upstreams), ...(loops ? [new LoopStep(tools.keeper)] : [])]
    }
  },
}

function isLoop(plan: DestinationPlan | null): boolean {
  return plan?.scheme === 'tyk'
}

/** An entry, compiled. */
interface Rewrite {
  readonly search: Search
  /** Where to, if no trigger applies; null for nowhere else. */
  readonly plan: DestinationPlan | null
  readonly triggers: readonly Trigger[]
}

function readRewrite({ entry, path }: Located<(typeof rewriteEntry)['_output']>, source: StepSource): RuleEntry<Rewrite> | null {
  const rule = source.rule(entry.path, [...path, 'path'])
  const search = readSearch(entry.match_pattern, [...path, 'match_pattern'], source)
  const at = [...path, 'rewrite_to']
  const plan = entry.rewrite_to === '' ? null : readDestination(entry.rewrite_to, at, source)
  if (entry.rewrite_to === '' && entry.triggers.length === 0) {
    source.problem(at, 'expected where to, here or in a trigger, found nothing')
  }
  const triggers = readTriggers(entry.triggers, [...path, 'triggers'], source)
  return rule && search && { rule, method: entry.method, value: { search, plan, triggers } }
}

class UrlRewriteStep implements Step {
  readonly name = 'URL rewrite'
  readonly phase = 'rewrite'
  readonly #rules: RuleSet<Rewrite>
  readonly #upstreams: OtherUpstreams

  constructor(rules: RuleSet<Rewrite>, upstreams: OtherUpstreams) {
    this.#rules = rules
    this.#upstreams = upstreams
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const rewrite = this.#rules.first(exchange)
    if (!rewrite) return 'go-on'
    const standing = standingTarget(exchange)
    const groups = find(rewrite.search, standing)
    if (!groups) return 'go-on'
    if (rewrite.triggers.length === 0) return this.#go(exchange, rewrite.plan, groups)
    return this.#choose(exchange, rewrite, { standing, groups })
  }

  #choose(
    exchange: Exchange,
    { triggers, plan }: Rewrite,
    { standing, groups }: { standing: Rewritten; groups: Found },
  ): Verdict | Promise<Verdict> {
    const subject: Subject = { exchange, standing, headers: currentHeaders(exchange) }
    const trigger = firstTrigger(triggers, subject)
    if (!(trigger instanceof Promise)) return this.#go(exchange, trigger?.plan ?? plan, groups)
    return trigger.then(
      (found) => this.#go(exchange, found?.plan ?? plan, groups),
      (error) => refuseFailure(exchange, error),
    )
  }

  #go(exchange: Exchange, plan: DestinationPlan | null, groups: Found): Verdict {
    if (!plan) return 'go-on'
    const destination = destinationOf(plan, exchange, groups)
    if (isFailure(destination)) {
      exchange.api.log.warn({ err: destination, path: exchange.clientPath }, destination.message)
      return refuse(exchange, destination)
    }
    this.#follow(exchange, destination)
    settleUrl(exchange)
    return 'go-on'
  }

  #follow(exchange: Exchange, destination: Destination): void {
    switch (destination.kind) {
      case 'target':
        exchange.rewritten = { ...destination.to, path: rewrittenPath(exchange, destination.to.path) }
        break
      case 'host':
        exchange.upstream = this.#upstreams.for(destination.origin, exchange)
        exchange.rewritten = destination.to
        break
      case 'loop':
        exchange.loop = destination.loop
        break
    }
  }
}

/**
 * What the pattern finds in path and query: as they were sent, or with whatever need not be percent-encoded decoded. A
 * path with dot segments counts only without them, since that is the path that was let in.
 */
function find(search: Search, { path, query }: Rewritten): Found | null {
  const { decoded, normal } = normalisePath(path)
  const asSent = decoded === normal ? search.first(path + query) : null
  return asSent ?? (normal === path ? null : search.first(normal + query))
}
