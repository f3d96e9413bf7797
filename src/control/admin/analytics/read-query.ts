import { failure } from '../../../errors.ts'
import { type AnalyticsQuery, type Grouping, groupings } from '../../../telemetry/analytics/query.ts'
import { closest } from '../../closest.ts'

type Given = Readonly<Record<string, unknown>>

const NAMES = ['from', 'to', 'api', 'key', 'status', 'path', 'plugin', 'group_by', 'bucket', 'limit']

const HOUR_MS = 3_600_000
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }
const MOST_GROUPS = 1_000
/** The last moment that ISO 8601 writes with four digits of a year. */
const LAST_MS = Date.UTC(9999, 11, 31)

/**
 * Reads the parameters of a question.
 *
 * @throws `analytics_query_invalid` with everything that is wrong
 */
export function readQuery(given: Given, now: number): AnalyticsQuery {
  const reader = new Reader(given)
  const to = reader.time('to') ?? now
  const from = reader.time('from') ?? to - HOUR_MS
  const groupBy = reader.grouping()
  const status = reader.status()
  const query: AnalyticsQuery = {
    from,
    to,
    ...reader.texts('api', 'key', 'path', 'plugin'),
    ...status,
    groupBy,
    bucketMs: reader.bucket(groupBy),
    limit: reader.limit(),
  }
  if (from >= to) reader.problem('from', 'a time before `to`', new Date(from).toISOString())
  reader.end()
  return query
}

class Reader {
  readonly #given: Given
  readonly #problems: string[] = []

  constructor(given: Given) {
    this.#given = given
    for (const name of Object.keys(given).filter((each) => !NAMES.includes(each))) {
      const meant = closest(name, NAMES)
      this.#problems.push(`${name}: unknown parameter${meant === undefined ? '' : `; did you mean "${meant}"?`}`)
    }
  }

  problem(name: string, expected: string, found: unknown): void {
    this.#problems.push(`${name}: expected ${expected}, found ${JSON.stringify(found)}`)
  }

  /** Where something is wrong, says all of it. */
  end(): void {
    if (this.#problems.length > 0) throw failure('analytics_query_invalid', { problems: this.#problems })
  }

  #text(name: string): string | undefined {
    return this.#given[name] as string | undefined
  }

  texts(...names: readonly ('api' | 'key' | 'path' | 'plugin')[]): Partial<Record<'api' | 'key' | 'path' | 'plugin', string>> {
    return Object.fromEntries(names.flatMap((name) => (this.#text(name) === undefined ? [] : [[name, this.#text(name)]])))
  }

  time(name: 'from' | 'to'): number | undefined {
    const text = this.#text(name)
    if (text === undefined) return undefined
    const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Math.floor(Number(text) * 1000) : Date.parse(text)
    if (ms >= 0 && ms <= LAST_MS) return ms
    this.problem(name, 'a time as ISO 8601 or in Unix seconds', text)
    return undefined
  }

  status(): Pick<AnalyticsQuery, 'status'> {
    const text = this.#text('status')
    if (text === undefined) return {}
    const [, digit, rest] = /^([1-9])(\d\d|xx)$/i.exec(text) ?? []
    if (digit === undefined || rest === undefined) {
      this.problem('status', 'a status such as "404", or a class such as "5xx"', text)
      return {}
    }
    const [first, last] = /x/i.test(rest) ? ['00', '99'] : [rest, rest]
    return { status: [Number(digit + first), Number(digit + last)] }
  }

  grouping(): Grouping | null {
    const text = this.#text('group_by')
    if (text === undefined) return null
    const found = groupings.find((name) => name === text)
    if (!found) this.problem('group_by', `one of ${groupings.join(', ')}`, text)
    return found ?? null
  }

  bucket(groupBy: Grouping | null): number {
    const text = this.#text('bucket')
    if (text !== undefined && groupBy !== 'time') this.problem('bucket', 'none without "group_by=time"', text)
    const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text ?? '1m') ?? []
    const ms = Number(count) * (UNITS[unit] ?? 0)
    if (ms > 0) return ms
    this.problem('bucket', 'a number and a unit, s, m, h or d, for instance "5m"', text)
    return HOUR_MS
  }

  limit(): number {
    const text = this.#text('limit')
    const number = /^\d{1,9}$/.test(text ?? '100') ? Number(text ?? 100) : 0
    if (number >= 1 && number <= MOST_GROUPS) return number
    this.problem('limit', `a whole number from 1 to ${MOST_GROUPS}`, text)
    return 1
  }
}
