import { failure, isFailure, type PosternError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { AnalyticsCall, AnalyticsPlugin, AnalyticsRecord } from './contract/analytics.ts'
import { type PluginOwner, runAs } from './owner.ts'
import { pluginLog } from './plugin-log.ts'
import type { PluginState } from './plugin-state.ts'
import { kindOf } from './plugin-step.ts'
import { reasonOf } from './protection/refused-change.ts'
import { checkRecord } from './record-check.ts'

/** The hook, as logs and the admin API call it. */
export const RECORDS = 'traffic_logs'

/** So many records may be in one plugin at a time; one that never ends shall not fill the memory. */
const MOST_INSIDE = 1_000

/** One use of an analytics plugin. */
export interface RecordPluginOptions {
  readonly name: string
  readonly apiId: string
  readonly handler: AnalyticsPlugin
  readonly owner: PluginOwner
  readonly config: unknown
  /** What a failure does: `skip` leaves the record as it was before, `fail` drops it. */
  readonly onError: 'fail' | 'skip'
  readonly timeoutMs: number
  readonly state: PluginState
  /** Logs an error of the plugin's, with its stack mapped to the source. */
  readonly report: (log: Logger, error: PosternError, thrown: unknown) => void
}

/** A record, or none where it is dropped. */
export type Changed = AnalyticsRecord | null

/** A plugin that sees records, off the path of requests. */
export class RecordPlugin {
  readonly #options: RecordPluginOptions
  readonly #owner: PluginOwner
  readonly #call: AnalyticsCall
  #inside = 0

  constructor(options: RecordPluginOptions) {
    const { owner, apiId, config, state } = options
    this.#options = options
    this.#owner = { ...owner, use: state.identity.id }
    this.#call = { config, log: pluginLog(owner.log.child({ api_id: apiId })) }
  }

  /** What the plugin makes of a record. It works on a copy: what a failed call has changed is lost. */
  change(record: AnalyticsRecord): Changed | Promise<Changed> {
    const { name, onError, state } = this.#options
    const admission = this.#inside < MOST_INSIDE ? state.begin() : null
    if (admission === null) return onError === 'skip' ? record : null
    const copy = copyOf(record)
    const conclude = (returned: unknown): Changed => {
      if (returned !== undefined && returned !== null && returned !== false)
        throw failure('record_result_invalid', { plugin: name, found: kindOf(returned) })
      if (returned !== false) checkRecord(name, copy)
      state.succeeded(admission)
      return returned === false ? null : copy
    }
    const fail = (thrown: unknown): Changed => {
      const error = this.#errorOf(thrown)
      state.failed(admission, error.message, isFailure(error, 'plugin_timeout'))
      this.#report(error, thrown)
      return onError === 'skip' ? record : null
    }
    try {
      const returned: unknown = runAs(this.#owner, this.#options.handler, copy, this.#call)
      if (!(returned instanceof Promise)) return conclude(returned)
      return this.#await(returned).then(conclude).catch(fail)
    } catch (thrown) {
      return fail(thrown)
    }
  }

  async #await(returned: Promise<unknown>): Promise<unknown> {
    const { name, timeoutMs } = this.#options
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(failure('plugin_timeout', { plugin: name, hook: RECORDS, timeoutMs })), timeoutMs)
    this.#inside += 1
    try {
      return await Promise.race([returned, late.promise])
    } finally {
      this.#inside -= 1
      clearTimeout(timer)
    }
  }

  #errorOf(thrown: unknown): PosternError {
    if (isFailure(thrown)) return thrown
    return failure('plugin_threw', { plugin: this.#options.name, hook: RECORDS, reason: reasonOf(thrown) }, thrown)
  }

  #report(error: PosternError, thrown: unknown): void {
    const { name, apiId, report } = this.#options
    report(this.#owner.log.child({ export: name, hook: RECORDS, api_id: apiId }), error, thrown)
  }
}

function copyOf(record: AnalyticsRecord): AnalyticsRecord {
  return {
    ...record,
    Latency: { ...record.Latency },
    Tags: [...record.Tags],
    PluginErrors: record.PluginErrors.map((one) => ({ ...one })),
  }
}
