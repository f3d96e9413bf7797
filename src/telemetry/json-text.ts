/** JSON of values that many requests have in common, and of those that are written with every request. */

/** A value as JSON; null for what JSON has no word for. */
export function quoted(value: unknown): string {
  if (value === '') return '""'
  return JSON.stringify(value) ?? 'null'
}

/** A text as JSON, kept for the next time: of many requests it is the same as of the one before. */
export class LastQuoted {
  #value = ''
  #json = '""'

  of(value: string): string {
    if (value !== this.#value) {
      this.#json = JSON.stringify(value)
      this.#value = value
    }
    return this.#json
  }
}

/** What several observers write of a request, each after the other. */
export const quotedHost = new LastQuoted()
export const quotedAgent = new LastQuoted()
export const quotedPath = new LastQuoted()

/** Milliseconds as records and lines show them: to the microsecond. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The digits after the point, by their number in thousandths. */
const FRACTIONS = Array.from({ length: 1000 }, (_, i) => String(i / 1000).slice(1))
/** Some eleven days: up to here the text below is that of the number. */
const MOST_MICROSECONDS = 1e12

/** `rounded(ms)` as JSON. Texts of whole numbers are kept by the engine; those of fractions it works out each time. */
export function milliseconds(ms: number): string {
  const microseconds = Math.round(ms * 1000)
  if (!(microseconds >= 0 && microseconds < MOST_MICROSECONDS)) return quoted(rounded(ms))
  const whole = Math.floor(microseconds / 1000)
  return `${whole}${FRACTIONS[microseconds - whole * 1000]}`
}
