import type { RateAlgorithm, RateRule, RateVerdict } from '../../counters.ts'

/** What has been counted for one key. A rule that differs from the one before is applied to what was counted then. */
export interface Rate {
  readonly algorithm: RateAlgorithm
  take(rule: RateRule, now: number): RateVerdict
  /** Whether nothing that was counted matters any more. */
  isOver(now: number): boolean
}

/**
 * Whether the clock was put back by more than a window: what was counted then would bind for longer than a window, and is
 * forgotten. Where it was put back by less, time stands still until it has caught up.
 */
export function isPutBack(now: number, latest: number, windowMs: number): boolean {
  return latest - now > windowMs
}
