/**
 * `node bench/limits.ts [store …]`: are rates and quotas what they say, by HTTP, against a gateway in a process of its own?
 *
 * A rate of 100 a second is offered 1,000 a second over 64 connections; counted is what is let in within 10 s of the first request, that
 * included. A sliding or a fixed window lets in 100 within a tenth of a second, and the next 100 a second later: 1,000. A token bucket begins with
 * the 100 that it has saved up, and is filled with 100 a second meanwhile: 1,100, and 1,000 in any 10 s that come after, of which those from half a
 * second on are counted as well. Each may be 1 % off. A quota of 500 is met by 1,200 requests at once, and lets in 500.
 *
 * A machine that leaves the gateway standing moves all that follows: a run with an answer that took long is done again, and the calmer one counts.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { openLab } from './lab.ts'
import { busiest, within } from './limits/counts.ts'
import { openLimitsGateway } from './limits/gateway.ts'
import { type CountingUpstream, type Outcome, offerAtOnce, offerRate, startCountingUpstream } from './limits/load.ts'
import { describeMachine } from './machine.ts'
import { readSettings } from './settings.ts'

const RATE = 100
const OFFERED = 1_000
const COUNTED_MS = 10_000
/** By then a bucket is empty. */
const LATER_MS = 500
const SECONDS = 12
const QUOTA = 500
const AT_ONCE = 1_200
const TOLERANCE = 0.01
const WARM_UP = 2_000
const MOST_RUNS = 2
/** A run is as good as the machine lets it be if no answer took longer. */
const CALM_MS = 100

/** What each algorithm lets in within 10 s: from the first request on, and later, where that is not the same. */
const EXPECTED = {
  'sliding-window': { first: 1_000, later: null },
  'token-bucket': { first: 1_100, later: 1_000 },
  'fixed-window': { first: 1_000, later: null },
} as const
type Algorithm = keyof typeof EXPECTED

interface RateResult {
  readonly store: string
  readonly algorithm: Algorithm
  /** Requests let in within 10 s of the first one. */
  readonly first: number
  /** The same, of half a second later. */
  readonly later: number
  /** The most in any second, as the upstream saw them arrive. */
  readonly busiestSecond: number
  readonly statuses: Outcome['statuses']
  readonly slowestMs: number
  readonly right: boolean
}

interface QuotaResult {
  readonly store: string
  readonly accepted: number
  readonly statuses: Outcome['statuses']
  readonly right: boolean
}

const settings = readSettings(process.env)
const stores: Record<string, object | string> = {
  memory: { type: 'memory' },
  sqlite: { type: 'sqlite' },
  redis: redisStorage(process.env.REDIS_URL),
}

function redisStorage(url: string | undefined): object | string {
  if (url === undefined) return 'REDIS_URL is not set'
  const { hostname, port, pathname } = new URL(url)
  return { type: 'redis', host: hostname, port: Number(port || 6379), database: Number(pathname.slice(1) || 0) }
}

/** The calmest of several runs, unless one is calm. */
async function measureCalmly(store: string, storage: object, algorithm: Algorithm): Promise<RateResult> {
  let best: RateResult | null = null
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const result = await measureRate(store, storage, algorithm)
    console.error(JSON.stringify(result))
    if (best === null || result.slowestMs < best.slowestMs) best = result
    if (best.slowestMs <= CALM_MS) break
  }
  return best as RateResult
}

async function measureRate(store: string, storage: object, algorithm: Algorithm): Promise<RateResult> {
  const { statuses, slowestMs, accepted } = await withKey(storage, algorithm, { rate: RATE, per: 1 }, (offer) =>
    offerRate(offer, OFFERED, SECONDS),
  )
  const begin = accepted[0] ?? 0
  const first = within(accepted, begin, COUNTED_MS)
  const later = within(accepted, begin + LATER_MS, COUNTED_MS)
  const expected = EXPECTED[algorithm]
  const right = isNear(first, expected.first) && (expected.later === null || isNear(later, expected.later))
  return { store, algorithm, first, later, busiestSecond: busiest(accepted, 1_000), statuses, slowestMs, right }
}

async function measureQuota(store: string, storage: object): Promise<QuotaResult> {
  const limits = { quota_max: QUOTA, quota_renewal_rate: 3_600 }
  const { statuses, accepted } = await withKey(storage, 'sliding-window', limits, (offer) => offerAtOnce(offer, AT_ONCE))
  const right = accepted.length === QUOTA && statuses[200] === QUOTA && statuses[403] === AT_ONCE - QUOTA
  return { store, accepted: accepted.length, statuses, right }
}

function isNear(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= expected * TOLERANCE
}

type Load = (offer: { url: string; key: string; connections: number }) => Promise<Outcome>

/** Opens a gateway, has a load sent with a key that is used for the first time, and tells what the upstream has seen. */
async function withKey(storage: object, algorithm: string, limits: object, load: Load): Promise<Counted> {
  await using upstream: CountingUpstream = await startCountingUpstream()
  const gateway = await openLimitsGateway(lab, { upstream: upstream.url, storage, algorithm })
  try {
    const id = `limits-${process.pid}-${Date.now()}`
    const { url } = gateway
    const { connections } = settings
    // A request that has to open connections first would be counted late.
    const other = await gateway.addKey(`${id}-warm-up`, {})
    await offerAtOnce({ url, key: other, connections }, WARM_UP)
    upstream.accepted.length = 0
    const key = await gateway.addKey(id, limits)
    const outcome = await load({ url, key, connections })
    await gateway.deleteKey(key)
    await gateway.deleteKey(other)
    return { ...outcome, accepted: upstream.accepted }
  } finally {
    await gateway.stop()
  }
}

interface Counted extends Outcome {
  readonly accepted: readonly number[]
}

await using lab = await openLab(settings)
process.once('SIGINT', () => {
  lab.kill()
  process.exit(130)
})

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(stores)
const rates: RateResult[] = []
const quotas: QuotaResult[] = []
const leftOut: string[] = []
for (const store of wanted) {
  const storage = stores[store] ?? 'there is no such store'
  if (typeof storage === 'string') {
    leftOut.push(`${store} (${storage})`)
    continue
  }
  for (const algorithm of Object.keys(EXPECTED) as Algorithm[]) {
    rates.push(await measureCalmly(store, storage, algorithm))
  }
  quotas.push(await measureQuota(store, storage))
  console.error(JSON.stringify(quotas.at(-1)))
}

const { nginx: _, wrk: __, ...machine } = describeMachine()
const load = Number(loadavg()[0]?.toFixed(1))
const results = {
  machine,
  load,
  rate: RATE,
  offered: OFFERED,
  quota: QUOTA,
  connections: settings.connections,
  rates,
  quotas,
  leftOut,
}
const folder = join(import.meta.dirname, 'results')
await mkdir(folder, { recursive: true })
await writeFile(join(folder, 'limits.json'), `${JSON.stringify(results, null, 2)}\n`)
console.log(JSON.stringify(results, null, 2))

const wrong = [...rates, ...quotas].filter(({ right }) => !right).length
const total = rates.length + quotas.length
const aside = leftOut.length > 0 ? `; left out: ${leftOut.join(', ')}` : ''
console.log(
  `${total - wrong} of ${total} as they should be: ${RATE}/s offered ${OFFERED}/s within ${TOLERANCE * 100} %, a quota of ${QUOTA} exactly, over ${settings.connections} connections${aside}`,
)
if (wrong > 0 || total === 0) process.exitCode = 1
