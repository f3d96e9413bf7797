/** A moment as records tell of it, in UTC. */
export interface Moment {
  /** ISO 8601, with milliseconds. */
  readonly text: string
  readonly day: number
  /** 1 to 12. */
  readonly month: number
  readonly year: number
  readonly hour: number
}

let last: Moment | null = null
let lastMs = Number.NaN

/** Where there are many requests in a millisecond, a date is written once for all of them. */
export function momentOf(receivedAt: number): Moment {
  const ms = Math.floor(receivedAt)
  if (last !== null && ms === lastMs) return last
  const date = new Date(ms)
  lastMs = ms
  last = {
    text: date.toISOString(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    year: date.getUTCFullYear(),
    hour: date.getUTCHours(),
  }
  return last
}
