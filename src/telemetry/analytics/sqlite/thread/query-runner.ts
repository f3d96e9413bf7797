import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { AnalyticsAnswer, AnalyticsQuery, Grouping, GroupSummary, Summary } from '../../query.ts'
import { Histogram } from '../histogram.ts'
import { BUSY_TIMEOUT_MS } from './open-records.ts'

type Value = string | number

interface Row {
  readonly [column: string]: unknown
}

const COLUMNS: Record<Exclude<Grouping, 'time'>, string> = {
  api: 'api',
  key: 'key',
  status: 'status',
  path: 'path',
  plugin: 'plugin',
}

const SUMMARY = `
  count(*) AS requests, sum(status >= 400) AS errors,
  latencies(total) AS total, latencies(nullif(upstream, 0)) AS upstream
`

/** Answers questions on the records in a file; on one that is not there, with nothing. */
export class QueryRunner {
  readonly #file: string
  #database: DatabaseSync | null = null

  constructor(file: string) {
    this.#file = file
  }

  /** After a failure the file is opened anew. */
  query(query: AnalyticsQuery): AnalyticsAnswer {
    try {
      this.#database ??= this.#open()
      return this.#answer(query)
    } catch (error) {
      this.close()
      throw error
    }
  }

  #answer(query: AnalyticsQuery): AnalyticsAnswer {
    const { where, values } = conditions(query)
    const all = this.#database?.prepare(`SELECT ${SUMMARY} FROM record WHERE ${where}`).get(...values)
    const groups = query.groupBy ? this.#groups(query, query.groupBy) : []
    return {
      total: summaryOf(all ?? {}),
      groups: query.groupBy === 'time' ? groups.slice(0, query.limit).reverse() : groups.slice(0, query.limit),
      truncated: groups.length > query.limit,
    }
  }

  close(): void {
    this.#database?.close()
    this.#database = null
  }

  /** Null where nobody has written anything yet. */
  #open(): DatabaseSync | null {
    if (!existsSync(this.#file)) return null
    const database = new DatabaseSync(this.#file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    try {
      if (database.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined) return withLatencies(database)
    } catch (error) {
      database.close()
      throw error
    }
    database.close()
    return null
  }

  /** One more than asked for, where there is one. */
  #groups(query: AnalyticsQuery, by: Grouping): GroupSummary[] {
    const { where, values } = conditions(query)
    const isTime = by === 'time'
    const column = isTime ? `at / ${query.bucketMs} * ${query.bucketMs}` : COLUMNS[by]
    const order = isTime ? 'name DESC' : 'requests DESC, name'
    const sql = `SELECT ${column} AS name, ${SUMMARY} FROM record WHERE ${where} GROUP BY name ORDER BY ${order} LIMIT ?`
    const rows = this.#database?.prepare(sql).all(...values, query.limit + 1) ?? []
    return rows.map((row) => {
      const name = row.name as Value
      return { group: isTime ? new Date(name).toISOString() : name, ...summaryOf(row) }
    })
  }
}

/** Adds the function that sums up durations. */
function withLatencies(database: DatabaseSync): DatabaseSync {
  database.aggregate('latencies', {
    start: () => new Histogram() as never,
    step: ((histogram: Histogram, ms: number | null) => {
      if (ms !== null) histogram.add(ms)
      return histogram
    }) as never,
    result: ((histogram: Histogram) => JSON.stringify(histogram.summary())) as never,
  })
  return database
}

function conditions({ from, to, api, key, status, path, plugin }: AnalyticsQuery): { where: string; values: Value[] } {
  const given: [condition: string, ...values: (Value | undefined)[]][] = [
    ['at >= ?', from],
    ['at < ?', to],
    ['api = ?', api],
    ['key = ?', key],
    ['status BETWEEN ? AND ?', ...(status ?? [undefined])],
    ['path = ?', path],
    ['plugin = ?', plugin],
  ]
  const used = given.filter(([, value]) => value !== undefined)
  return { where: used.map(([condition]) => condition).join(' AND '), values: used.flatMap(([, ...values]) => values as Value[]) }
}

function summaryOf({ requests, errors, total, upstream }: Row): Summary {
  const none = new Histogram().summary()
  return {
    requests: Number(requests ?? 0),
    errors: Number(errors ?? 0),
    latency_ms: typeof total === 'string' ? JSON.parse(total) : none,
    upstream_ms: typeof upstream === 'string' ? JSON.parse(upstream) : none,
  }
}
