import { setTimeout as delay } from 'node:timers/promises'

/** Asks `probe` until its answer is neither false nor nullish, and returns it. Fails after `limitMs`, saying what it waited for. */
export async function until<T>(
  what: string | (() => string),
  probe: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<NonNullable<T>> {
  for (const end = Date.now() + limitMs; Date.now() < end; await delay(1)) {
    const answer = await probe()
    if (answer !== false && answer !== undefined && answer !== null) return answer
  }
  throw new Error(`Waited ${limitMs} ms in vain for ${typeof what === 'string' ? what : what()}`)
}
