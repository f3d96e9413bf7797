const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/y

/** The milliseconds of a duration as definitions write it: `1m30s`, `250ms`; null where the text is none. */
export function parseDuration(text: string): number | null {
  let milliseconds = 0
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text)
    if (!part) return null
    milliseconds += Number(part[1]) * (UNITS[part[2] as string] as number)
  }
  return text === '' ? null : milliseconds
}
