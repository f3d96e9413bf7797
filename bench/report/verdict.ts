import type { Figure, Row } from './results.ts'

/** Whether a limit is kept; null where there is none. */
export type Verdict = 'kept' | 'missed' | null

/** Below this share of its core in use it was not the proxy that limited the rate, and CPU time alone decides. */
const SATURATED = 0.9

export function verdictOfRow({ limits: { rateAtLeast, cpuAtMost }, rate, cpu, candidate, control }: Row): Verdict {
  if (rateAtLeast === undefined && cpuAtMost === undefined) return null
  const cpuKept = cpuAtMost === undefined || cpu === null || cpu.median <= cpuAtMost
  const rateCounts = cpu === null || Math.min(candidate.busy, control.busy) >= SATURATED
  const rateKept = rateAtLeast === undefined || !rateCounts || rate.median >= rateAtLeast
  return cpuKept && rateKept ? 'kept' : 'missed'
}

export function verdictOfFigure({ value, limit }: Figure): Verdict {
  if (limit === undefined) return null
  return value.median <= limit.atMost ? 'kept' : 'missed'
}

/** What a row's limits are, as text. */
export function limitsOfRow({ limits: { rateAtLeast, cpuAtMost } }: Row): string {
  const parts = [rateAtLeast && `rate ≥ ${rateAtLeast}`, cpuAtMost && `CPU ≤ ${cpuAtMost}`]
  return parts.filter(Boolean).join(', ')
}
