import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { HeaderList } from '../../message/header-list.ts'
import { LazyResponse } from '../../message/lazy-response.ts'
import { compileFinder } from '../../rules/pattern.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import type { StepSource } from '../step-source.ts'
import { keyOf, keyWithoutBody } from './cache-key.ts'
import { CollectedBody } from './collected-body.ts'
import type { CachedResponse } from './entry.ts'
import { type Flight, Flights } from './flights.ts'
import { notModified } from './not-modified.ts'
import { type CachePolicy, type CacheRule, lifetime, ruleFor, safeMethods } from './policy.ts'
import { ResponseCache } from './response-cache.ts'
import { type CacheOptions, cachePath, cacheRule, definitionFields } from './schema.ts'

/** Answers from the cache, and keeps there what the upstream answers. */
export const cache: StepKind = {
  key: 'cache',
  fields: { definition: definitionFields, extendedPaths: { cache: cachePath, advance_cache_config: cacheRule } },

  read(source) {
    const options = source.definition(definitionFields)?.cache_options
    const rules = options ? readRules(source, options) : []
    if (!options?.enable_cache) return null
    const everywhere = options.cache_all_safe_requests ? plainRule(options) : null
    if (!everywhere && rules.length === 0) {
      source.warning(
        ['cache_options', 'enable_cache'],
        'nothing is kept: there is no rule in cache or advance_cache_config, and cache_all_safe_requests is false',
      )
      return null
    }
    const policy: CachePolicy = { options, everywhere, rules: new RuleSet(rules) }
    return (tools) => {
      const shared = { policy, cache: new ResponseCache(tools), flights: new Flights(), misses: new WeakMap<Exchange, Miss>() }
      return [new LookUpStep(shared), new KeepStep(shared, tools)]
    }
  },
}

function readRules(source: StepSource, options: CacheOptions): RuleEntry<CacheRule>[] {
  const entries: RuleEntry<CacheRule>[] = []
  for (const { entry, path } of source.section('advance_cache_config', cacheRule)) {
    const rule = source.rule(entry.path, [...path, 'path'])
    const bodyKey = readBodyKey(entry.cache_key_regex, (text) => source.problem([...path, 'cache_key_regex'], text))
    const { statuses, timeout } = plainRule(options)
    const value: CacheRule = {
      bodyKey,
      statuses: entry.cache_response_codes.length > 0 ? new Set(entry.cache_response_codes) : statuses,
      timeout: entry.timeout || timeout,
    }
    if (rule) for (const method of methodsOf(entry.method)) entries.push({ rule, method, value })
  }
  for (const { entry, path } of source.section('cache', cachePath)) {
    const rule = source.rule(entry, path)
    if (rule) for (const method of safeMethods) entries.push({ rule, method, value: plainRule(options) })
  }
  return entries
}

function readBodyKey(text: string, problem: (text: string) => void): CacheRule['bodyKey'] {
  if (text === '') return null
  try {
    return compileFinder(text)
  } catch (error) {
    problem(`expected a regular expression, found ${JSON.stringify(text)}: ${(error as Error).message}`)
    return null
  }
}

function plainRule({ cache_response_codes, cache_timeout }: CacheOptions): CacheRule {
  return { bodyKey: null, statuses: new Set(cache_response_codes), timeout: cache_timeout }
}

function methodsOf(method: string): readonly string[] {
  return method === 'SAFE_METHODS' || method === '' ? safeMethods : [method]
}

/** A request that the cache had no answer for. */
interface Miss {
  readonly key: string
  readonly rule: CacheRule
  /** The request's headers as they were when it was looked for. */
  readonly headers: HeaderList
  readonly flight: Flight
}

/** What looking and keeping have in common. */
interface Shared {
  readonly policy: CachePolicy
  readonly cache: ResponseCache
  readonly flights: Flights
  readonly misses: WeakMap<Exchange, Miss>
}

class LookUpStep implements Step {
  readonly name = 'cache'
  readonly phase = 'cache'
  readonly #shared: Shared

  constructor(shared: Shared) {
    this.#shared = shared
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { policy } = this.#shared
    const rule = ruleFor(policy, exchange)
    // What another API answers is for its own cache.
    if (!rule || exchange.loop || exchange.requestHeaders.has('range')) return 'go-on'
    const names = policy.options.cache_by_headers
    if (!rule.bodyKey) return this.#look(exchange, rule, keyWithoutBody(exchange, names))
    return keyOf(exchange, rule, names).then((key) => this.#look(exchange, rule, key))
  }

  #look(exchange: Exchange, rule: CacheRule, key: string): Verdict | Promise<Verdict> {
    const found = this.#shared.cache.find(key, exchange.requestHeaders)
    if (found instanceof Promise) return found.then((ready) => this.#settle(exchange, rule, key, ready))
    return this.#settle(exchange, rule, key, found)
  }

  #settle(exchange: Exchange, rule: CacheRule, key: string, found: CachedResponse | undefined): Verdict | Promise<Verdict> {
    if (found) return answer(exchange, found)
    const underWay = this.#shared.flights.of(key)
    if (underWay) return this.#follow(exchange, underWay, key)
    this.#lead(exchange, rule, key)
    return 'go-on'
  }

  /** Waits for the request that went first; what that one did not bring back, this one gets for itself. */
  async #follow(exchange: Exchange, underWay: Promise<void>, key: string): Promise<Verdict> {
    await underWay
    const found = await this.#shared.cache.find(key, exchange.requestHeaders)
    return found ? answer(exchange, found) : 'go-on'
  }

  #lead(exchange: Exchange, rule: CacheRule, key: string): void {
    const { requestHeaders } = exchange
    const lines = requestHeaders instanceof HeaderList ? requestHeaders.raw.slice() : [...requestHeaders].flat()
    const flight = this.#shared.flights.begin(key)
    this.#shared.misses.set(exchange, { key, rule, headers: new HeaderList(lines), flight })
    // Whatever becomes of it: nobody waits for a request that is over.
    exchange.outgoing.once('close', flight.land)
  }
}

function answer(exchange: Exchange, cached: CachedResponse): Verdict {
  const { status, statusText, headers, storedAt, body } = cached
  const lines = new HeaderList(headers.slice())
  lines.set('Age', String(Math.max(0, Math.floor((Date.now() - storedAt) / 1000))))
  lines.set('x-tyk-cached-response', '1')
  const unchanged = notModified(exchange, lines)
  exchange.fromCache = true
  exchange.openDraft().replace(
    new LazyResponse({
      status: unchanged ? 304 : status,
      statusText: unchanged ? '' : statusText,
      headers: lines,
      content: unchanged ? null : body,
      limit: exchange.api.maxPluginBody,
    }),
  )
  return 'done'
}

class KeepStep implements Step {
  readonly name = 'cache write'
  readonly phase = 'cache_write'
  readonly #shared: Shared
  readonly #maxBody: number

  constructor(shared: Shared, tools: StepTools) {
    this.#shared = shared
    this.#maxBody = tools.cacheMaxEntrySize
  }

  run(exchange: Exchange): Verdict {
    const miss = this.#shared.misses.get(exchange)
    if (miss) this.#keep(exchange, miss)
    return 'go-on'
  }

  #keep(exchange: Exchange, miss: Miss): void {
    const { headers: request, key, flight } = miss
    const response = exchange.draft?.response
    const seconds = response ? this.#lifetime(exchange, miss, response) : null
    if (!response || seconds === null) {
      flight.land()
      return
    }
    const { status, statusText, headers } = response
    // The lines as they are now: sending the response changes them.
    const lines = withoutPrepared(exchange, headers)
    const storedAt = Date.now()
    collect(response, this.#maxBody, (body) => {
      if (body === undefined) flight.land()
      else
        void this.#shared.cache
          .keep(key, request, { status, statusText, headers: lines, storedAt, body }, seconds)
          .then(flight.land)
    })
  }

  #lifetime(exchange: Exchange, { headers: request, rule }: Miss, { status, headers }: LazyResponse): number | null {
    const credentials = exchange.token === '' && request.has('authorization')
    return lifetime(this.#shared.policy, rule, { status, headers, credentials })
  }
}

/** Without what was prepared for this client alone: limits, headers for its origin. A line that the upstream has, too, stays. */
function withoutPrepared({ draft, prepared }: Exchange, headers: HeaderList): string[] {
  const kept = new HeaderList(headers.raw.slice())
  for (const [what, name, value] of prepared?.changes ?? []) {
    const before = draft?.upstreamHeaders?.getAll(name) ?? []
    const others = what === 'append' ? kept.getAll(name).filter((each) => each !== value || before.includes(each)) : []
    kept.delete(name)
    for (const each of others) kept.append(name, each)
  }
  return kept.raw
}

/** Gives a response's body to `done`: null where it has none, undefined where there is no keeping it. */
function collect(response: LazyResponse, limit: number, done: (body: Buffer | null | undefined) => void): void {
  const { content } = response
  if (content === null) done(null)
  else if (content instanceof Uint8Array) done(content.byteLength > limit ? undefined : Buffer.from(content))
  else if (content instanceof Promise) {
    content.then(
      (bytes) => done(bytes.length > limit ? undefined : bytes),
      () => done(undefined),
    )
  } else if ('copyTo' in content && content.copyTo) content.copyTo(new CollectedBody(limit, (body) => done(body ?? undefined)))
  else done(undefined)
}
