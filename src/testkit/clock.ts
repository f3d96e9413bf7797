import { mock } from 'node:test'
import { failure } from '../errors.ts'
import type { FakeClock } from './contract/types.ts'

/** A clock that is to be put back. */
export interface OpenClock extends FakeClock {
  close(): void
}

/** The time as it passes. */
export const realClock: OpenClock = {
  now: Date.now,
  advance: async () => {
    throw failure('test_clock_missing', undefined)
  },
  close: () => {},
}

/**
 * Holds time still for the whole process, by the timers of `node:test`: plugins read the global `Date`, and there is but
 * one. What moves bytes (streams, ticks, `setImmediate`) goes on.
 *
 * @throws `test_clock_taken`, `test_clock_invalid`
 */
export function openFakeClock(start: Date | string | number): OpenClock {
  const now = new Date(start).getTime()
  if (Number.isNaN(now)) throw failure('test_clock_invalid', { found: String(start) })
  try {
    mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'], now })
  } catch (cause) {
    throw failure('test_clock_taken', undefined, cause)
  }
  // The breaker of a plugin and the time that it may take go by this one; so does a trace.
  const performanceNow = mock.method(performance, 'now', () => Date.now() - now)
  return {
    now: () => Date.now(),
    advance: async (ms) => {
      // What is under way first comes to where it waits for time.
      await settle()
      mock.timers.tick(ms)
      await settle()
    },
    close: () => {
      performanceNow.mock.restore()
      mock.timers.reset()
    },
  }
}

/** Lets what is under way go on, as far as it waits for nothing but its own promises and connections in memory. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
