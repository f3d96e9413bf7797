import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { AnalyticsAnswer, AnalyticsQuery, Grouping, GroupSummary } from '../../query.ts'
import type { RecordThreadSetup } from '../operations.ts'
import { Groups } from './groups.ts'
import { BUSY_TIMEOUT_MS, hasRecords } from './open-records.ts'
import { type SeenRecord, seenRecords } from './seen-records.ts'
import { Tally } from './tally.ts'

/** Answers questions on the records in a file; on one that is not there, with nothing. */
export class QueryRunner {
  readonly #setup: RecordThreadSetup
  #database: DatabaseSync | null = null

  constructor(setup: RecordThreadSetup) {
    this.#setup = setup
  }

  /** After a failure the file is opened anew. */
  query(query: AnalyticsQuery): AnalyticsAnswer {
    try {
      this.#database ??= this.#open()
      // What is too old may not have been removed yet.
      const from = Math.max(query.from, Date.now() - this.#setup.retentionMs)
      return this.#answer({ ...query, from })
    } catch (error) {
      this.close()
      throw error
    }
  }

  #answer(query: AnalyticsQuery): AnalyticsAnswer {
    const { groupBy, limit, bucketMs } = query
    const total = new Tally()
    if (groupBy === null) {
      for (const record of this.#records(query)) total.add(record)
      return { total: total.summary(), groups: [], truncated: false }
    }
    const groups = new Groups(nameBy(groupBy, bucketMs))
    for (const record of this.#records(query)) {
      total.add(record)
      groups.count(record)
    }
    const isTime = groupBy === 'time'
    const chosen = groups.first(isTime ? 'latest' : 'largest', limit)
    if (chosen.some(({ tally }) => tally === null)) {
      const rest = groups.tallyRest(chosen)
      for (const record of this.#records(query)) rest.add(record)
    }
    const summaries = chosen.map(({ name, tally }): GroupSummary => {
      return { group: isTime ? new Date(name).toISOString() : name, ...(tally ?? new Tally()).summary() }
    })
    return { total: total.summary(), groups: isTime ? summaries.reverse() : summaries, truncated: groups.size > limit }
  }

  #records(query: AnalyticsQuery): Iterable<SeenRecord> {
    return this.#database ? seenRecords(this.#database, query) : []
  }

  close(): void {
    this.#database?.close()
    this.#database = null
  }

  /** Null where nobody has written anything yet. */
  #open(): DatabaseSync | null {
    const { file } = this.#setup
    if (!existsSync(file)) return null
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    try {
      if (hasRecords(database)) return database
    } catch (error) {
      database.close()
      throw error
    }
    database.close()
    return null
  }
}

/** What the group of a record is called: of `time`, the beginning of its stretch in Unix milliseconds. */
function nameBy(grouping: Grouping, bucketMs: number): (record: SeenRecord) => string | number {
  return grouping === 'time' ? ({ at }) => Math.floor(at / bucketMs) * bucketMs : (record) => record[grouping]
}
