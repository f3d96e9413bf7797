import { setTimeout as wait } from 'node:timers/promises'
import type { Exchange } from '../../chain/exchange.ts'
import type { RateVerdict } from './counters.ts'
import type { Rate } from './limits-of.ts'

/**
 * Has a request that is over its rate wait, and tries again up to the number of times that the key allows. Who goes away
 * meanwhile is not counted.
 */
export async function throttle(
  exchange: Exchange,
  { throttle }: Rate,
  first: RateVerdict,
  tryAgain: () => RateVerdict | Promise<RateVerdict>,
): Promise<RateVerdict> {
  let verdict = first
  for (let tries = 0; throttle && tries < throttle.retries && !verdict.allowed; tries += 1) {
    await wait(throttle.intervalMs, undefined, { signal: exchange.signal }).catch(() => {})
    if (exchange.gone) return verdict
    verdict = await tryAgain()
  }
  return verdict
}
