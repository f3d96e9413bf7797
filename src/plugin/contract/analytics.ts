import type { Log } from './log.ts'

/**
 * One finished request, as it is queued for analytics. Field names are those of the classic record; durations are
 * milliseconds, times are ISO 8601.
 */
export interface AnalyticsRecord {
  Method: string
  Host: string
  /** The path as it is recorded: normalised, or the rule of `track_endpoints` that it matches. */
  Path: string
  /** The path as the client sent it. */
  RawPath: string
  /** The same. */
  OriginalPath: string
  ListenPath: string
  /** Of the request's body, in bytes; -1 where it has none, or one whose length was not told beforehand. */
  ContentLength: number
  UserAgent: string
  /** 499 where the client went away before it was answered. */
  ResponseCode: number
  /** What the key is stored under: hashed with `hash_keys`. '' where none has authenticated the request. */
  APIKey: string
  /** `Non Versioned` where the API has no versions. */
  APIVersion: string
  APIName: string
  APIID: string
  OrgID: string
  OauthID: string
  Alias: string
  RequestTime: number
  Latency: { Total: number; Upstream: number; Gateway: number }
  /** Request and response as on the wire, in base64; '' where they are not recorded whole. */
  RawRequest: string
  RawResponse: string
  IPAddress: string
  Tags: string[]
  /** Whether `track_endpoints` has a rule for the path. */
  TrackPath: boolean
  /** When the request came in. */
  TimeStamp: string
  /** Of {@link TimeStamp}, in UTC; months are 1 to 12. */
  Day: number
  Month: number
  Year: number
  Hour: number
  /** When the record may be removed; '' says nothing about that. */
  ExpireAt: string
  /** The code of the error that the gateway answered with, for instance `auth_field_missing`; '' for none. */
  ErrorCode: string
  /** The plugin that answered, or that failed so that the request did; '' for none. */
  Plugin: string
  /** Its hook. */
  PluginHook: string
  /** The plugins that failed, in that order; `Skipped`: the request went on without it. */
  PluginErrors: { Plugin: string; Hook: string; Code: string; Skipped: boolean }[]
  [field: string]: unknown
}

/** What an analytics plugin is given beside a record. */
export interface AnalyticsCall<Config = unknown> {
  /** The `config` object of this use of the plugin in the definition. */
  readonly config: Config
  /** The gateway's logger, tagged with plugin, version and API. */
  readonly log: Log
}

/**
 * A plugin that sees a record before it is queued (`analytics_plugin`, `traffic_logs`). What it changes in the record is
 * recorded; one that returns `false` has the record dropped. It runs after the request has ended, and keeps nobody waiting.
 *
 * @example
 * export const Tag: AnalyticsPlugin = (record) => {
 *   record.Tags.push('seen')
 * }
 */
export type AnalyticsPlugin<Config = unknown> = (
  record: AnalyticsRecord,
  call: AnalyticsCall<Config>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a plugin that returns nothing leaves the record queued.
) => void | undefined | false | Promise<void | undefined | false>
