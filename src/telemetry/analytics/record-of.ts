import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import type { PluginFailure, PluginPlace } from '../../request/chain/plugin-marks.ts'
import { rounded } from '../json-text.ts'
import { momentOf } from './moment.ts'
import type { Note } from './note.ts'
import { rawRequest, rawResponse } from './raw-detail.ts'

/** What records are made with, whatever the request. */
export interface RecordOptions {
  /** What a record calls a key. */
  readonly keyOf: (token: string) => string
  /** How the path of a record is written. */
  readonly pathOf: (path: string) => string
  /** Whether detailed records hold credentials as they were sent. */
  readonly withCredentials: boolean
}

const NON_VERSIONED = 'Non Versioned'

/** Makes a record of a note. `recordText` makes the same at once as JSON: what changes here changes there. */
export function recordOf(note: Note, options: RecordOptions): AnalyticsRecord {
  const { api, session, recording, detail } = note
  const at = momentOf(note.receivedAt)
  const key = keyOf(note, options)
  const secrets = options.withCredentials ? null : recording.secrets
  const plugin = pluginOf(note)
  return {
    Method: note.method,
    Host: note.host,
    Path: note.endpoint ?? options.pathOf(note.path),
    RawPath: note.path,
    OriginalPath: note.path,
    ListenPath: api.listenPath,
    ContentLength: note.contentLength,
    UserAgent: note.userAgent,
    ResponseCode: note.status,
    APIKey: key,
    APIVersion: versionOf(note),
    APIName: api.name,
    APIID: api.id,
    OrgID: api.orgId,
    OauthID: session?.oauth_client_id ?? '',
    Alias: session?.alias ?? '',
    RequestTime: rounded(note.totalMs),
    Latency: {
      Total: rounded(note.totalMs),
      Upstream: rounded(note.upstreamMs),
      Gateway: rounded(note.totalMs - note.upstreamMs),
    },
    RawRequest: detail ? rawRequest(detail, secrets) : '',
    RawResponse: detail ? rawResponse(detail, secrets) : '',
    IPAddress: note.address,
    Tags: tagsOf(note, key),
    TrackPath: note.endpoint !== null,
    TimeStamp: at.text,
    Day: at.day,
    Month: at.month,
    Year: at.year,
    Hour: at.hour,
    ExpireAt: expiryOf(note),
    ErrorCode: note.errorCode,
    Plugin: plugin?.name ?? '',
    PluginHook: plugin?.phase ?? '',
    PluginErrors: failuresOf(note.failures ?? []),
  }
}

export function keyOf({ token }: Note, options: RecordOptions): string {
  return token === '' ? '' : options.keyOf(token)
}

export function versionOf({ recording, version }: Note): string {
  return recording.versioned ? version : NON_VERSIONED
}

/** The plugin that answered, or else the one that failed the request. */
export function pluginOf({ answeredBy, failures }: Note): PluginPlace | undefined {
  return answeredBy ?? failures?.findLast(({ skipped }) => !skipped)?.plugin
}

export function failuresOf(failures: readonly PluginFailure[]): AnalyticsRecord['PluginErrors'] {
  return failures.map(({ plugin: { name, phase }, code, skipped }) => {
    return { Plugin: name, Hook: phase, Code: code, Skipped: skipped }
  })
}

export function tagsOf({ session, recording, tagHeaders, fromCache, traceId }: Note, key: string): string[] {
  const tags = [...(session?.tags ?? []), ...recording.tags]
  for (let i = 0; tagHeaders && i < tagHeaders.length; i += 2) tags.push(`${tagHeaders[i]}-${tagHeaders[i + 1]}`)
  if (fromCache) tags.push('cached-response')
  if (traceId !== '') tags.push(`trace-id-${traceId}`)
  if (key !== '') tags.push(`key-${key}`)
  tags.push(...recording.ownTags)
  return tags
}

/** What the definition says goes before what the session says. */
export function expiryOf({ receivedAt, recording, session }: Note): string {
  const seconds = recording.expireAfter || session?.data_expires || 0
  return seconds > 0 ? new Date(Math.min(receivedAt + seconds * 1000, LAST_DATE)).toISOString() : ''
}

/** Beyond it there is no way to write a time as ISO 8601. */
const LAST_DATE = Date.UTC(9999, 0)
