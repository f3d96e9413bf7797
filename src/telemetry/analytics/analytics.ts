import { join, parse } from 'node:path'
import { recordingSettings } from '../../control/config/recording-settings.ts'
import type { Config } from '../../control/config/schema.ts'
import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Siblings } from '../../supervisor/siblings.ts'
import type { RequestObserver } from '../finished-request.ts'
import type { ShownKeys } from '../shown-keys.ts'
import { pathNormaliser } from './path-normaliser.ts'
import type { AnalyticsAnswer, AnalyticsQuery } from './query.ts'
import type { RecordOptions } from './record-of.ts'
import { type AnalyticsCounters, Recorder } from './recorder.ts'
import type { Sink } from './sink.ts'

/** Where records go. */
export type SinkType = Exclude<Config['analytics_config']['type'], ''>

/** The records of requests. */
export interface Analytics {
  readonly observe: RequestObserver
  readonly counters: Readonly<AnalyticsCounters>
  /** Answers a question on what was recorded. @throws `analytics_unanswered`, `records_failed` */
  query(query: AnalyticsQuery): Promise<AnalyticsAnswer>
  /** Writes what is left to write. */
  close(): Promise<void>
}

export interface AnalyticsOptions {
  readonly config: Config
  readonly log: Logger
  readonly siblings: Siblings
  /** Keys as logs show them. */
  readonly keys: ShownKeys
}

/** Opens the sink that the configuration names. The code of the others is not loaded. */
export async function openAnalytics({ config, log, siblings, keys }: AnalyticsOptions): Promise<Analytics> {
  const settings = config.analytics_config
  const type = sinkType(config)
  const records: RecordOptions = {
    keyOf: showsKeys(config, type) ? (token) => token : (token) => keys.of(token),
    pathOf: pathNormaliser(settings.normalise_urls),
    withCredentials: settings.record_credentials,
  }
  const sink = await openSink(type, { config, siblings, records })
  const recorder = new Recorder({
    sink,
    limit: settings.records_buffer_size,
    ignored: recordingSettings(config).ignored,
    records,
    onTrouble: (reason) => tell(log, type, reason),
    onFull: () => log.warn(failure('records_dropped', { limit: settings.records_buffer_size }).message),
  })
  return {
    observe: recorder.observe,
    counters: recorder.counters,
    async query(query) {
      if (!sink.query) throw failure('analytics_unanswered', { type })
      return await sink.query(query)
    },
    async close() {
      await recorder.close()
      const { dropped, failed } = recorder.counters
      if (dropped + failed > 0) log.warn({ analytics: { ...recorder.counters } }, 'Some records of requests were lost')
    },
  }
}

/** Where records go unless the configuration says: where the store is. */
export function sinkType({ analytics_config: { type }, storage }: Config): SinkType {
  if (type !== '') return type
  return storage.type === 'redis' ? 'redis' : 'sqlite'
}

interface SinkOptions {
  readonly config: Config
  readonly siblings: Siblings
  readonly records: RecordOptions
}

async function openSink(type: SinkType, { config, siblings, records }: SinkOptions): Promise<Sink> {
  const settings = config.analytics_config
  switch (type) {
    case 'sqlite': {
      const { SqliteSink } = await import('./sqlite/sqlite-sink.ts')
      const file = join(config.data_path, 'analytics.db')
      const { retention, max_database_size: maxBytes } = settings
      return new SqliteSink({ file, retentionMs: retention * 1000, maxBytes }, records)
    }
    case 'redis': {
      const { RedisSink } = await import('./sinks/redis-sink.ts')
      const { storage_expiration_time: expirySeconds, enable_multiple_analytics_keys: manyLists } = settings
      return RedisSink.open({ settings: config.storage, expirySeconds, manyLists, records })
    }
    case 'file': {
      const { FileSink } = await import('./sinks/file-sink.ts')
      const file = fileOf(settings.file, siblings)
      return new FileSink({ file, maxSize: settings.max_file_size, maxFiles: settings.max_files, records })
    }
    case 'stdout': {
      const { StdoutSink } = await import('./sinks/stdout-sink.ts')
      return new StdoutSink(records)
    }
  }
}

/** Two processes that write to one file could not both begin another: each has its own. */
function fileOf(file: string, { worker, count }: Siblings): string {
  if (count === 1) return file
  const { dir, name, ext } = parse(file)
  return join(dir, `${name}.${worker}${ext}`)
}

/** Lines are read by many, and show keys as logs do. */
function showsKeys({ hash_keys: hashed, analytics_config: settings }: Config, type: SinkType): boolean {
  return !hashed && (settings.record_credentials || (type !== 'file' && type !== 'stdout'))
}

function tell(log: Logger, type: SinkType, reason: string | null): void {
  if (reason === null) log.info('Records of requests are written again')
  else log.error(failure('records_not_written', { type, reason }).message)
}
