import type { Results } from './results.ts'

/** A ratio that is worse than it was. */
export interface Regression {
  /** `keyless, 12 headers: rate` */
  readonly what: string
  readonly was: number
  readonly is: number
  /** How much worse, as a share of what it was: 0.2 is a fifth. */
  readonly worse: number
}

export interface Comparison {
  /** How many ratios there are in both. */
  readonly compared: number
  readonly regressions: readonly Regression[]
}

/** How much worse a ratio may be, as a share of what it was. */
export const TOLERANCE = 0.15

/** Compares the ratios of all that both have measured; absolute figures are another machine's, or another hour's. */
export function compareResults(was: Results, is: Results, tolerance = TOLERANCE): Comparison {
  const before = ratiosOf(was)
  const both = [...ratiosOf(is)].flatMap(([what, now]) => {
    const then = before.get(what)
    return then === undefined ? [] : [{ what, was: then.ratio, is: now.ratio, worse: worsening(then, now.ratio) }]
  })
  const regressions = both.filter(({ worse }) => worse > tolerance).sort((a, b) => b.worse - a.worse)
  return { compared: both.length, regressions }
}

interface Ratio {
  readonly ratio: number
  readonly moreIsBetter: boolean
}

function worsening({ ratio: was, moreIsBetter }: Ratio, is: number): number {
  return moreIsBetter ? 1 - is / was : is / was - 1
}

function ratiosOf({ rows, figures }: Results): Map<string, Ratio> {
  const ratios = new Map<string, Ratio>()
  for (const { name, headers, rate, cpu } of rows) {
    const place = `${name}, ${headers} header${headers === 1 ? '' : 's'}`
    ratios.set(`${place}: rate`, { ratio: rate.median, moreIsBetter: true })
    if (cpu) ratios.set(`${place}: CPU`, { ratio: cpu.median, moreIsBetter: false })
  }
  for (const { name, ratio, wavers } of figures) {
    if (ratio && !wavers) ratios.set(name, { ratio: ratio.median, moreIsBetter: false })
  }
  return ratios
}

export function formatComparison({ compared, regressions }: Comparison): string {
  if (compared === 0) return 'Nothing to compare: none of this is in the committed results'
  const worse = regressions.map(({ what, was, is, worse }) => {
    return `${what}: ${is.toFixed(3)}, was ${was.toFixed(3)}, ${(worse * 100).toFixed(0)} % worse`
  })
  const summary = `${compared} ratios compared, ${regressions.length} more than ${TOLERANCE * 100} % worse`
  return [...worse, summary].join('\n')
}
