import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import { rounded } from '../finished-request.ts'
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

/** Makes a record of a note. */
export function recordOf(note: Note, { keyOf, pathOf, withCredentials }: RecordOptions): AnalyticsRecord {
  const { api, session, recording, detail } = note
  const at = momentOf(note.receivedAt)
  const key = note.token === '' ? '' : keyOf(note.token)
  const secrets = withCredentials ? null : recording.secrets
  const culprit = note.failures?.findLast(({ skipped }) => !skipped)?.plugin
  const plugin = note.answeredBy ?? culprit
  return {
    Method: note.method,
    Host: note.host,
    Path: note.endpoint ?? pathOf(note.path),
    RawPath: note.path,
    OriginalPath: note.path,
    ListenPath: api.listenPath,
    ContentLength: note.contentLength,
    UserAgent: note.userAgent,
    ResponseCode: note.status,
    APIKey: key,
    APIVersion: recording.versioned ? note.version : NON_VERSIONED,
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
    PluginErrors: (note.failures ?? []).map(({ plugin: { name, phase }, code, skipped }) => {
      return { Plugin: name, Hook: phase, Code: code, Skipped: skipped }
    }),
  }
}

function tagsOf({ session, recording, tagHeaders, fromCache, traceId }: Note, key: string): string[] {
  const tags = [...(session?.tags ?? []), ...recording.tags]
  for (let i = 0; tagHeaders && i < tagHeaders.length; i += 2) tags.push(`${tagHeaders[i]}-${tagHeaders[i + 1]}`)
  if (fromCache) tags.push('cached-response')
  if (traceId !== '') tags.push(`trace-id-${traceId}`)
  if (key !== '') tags.push(`key-${key}`)
  tags.push(...recording.ownTags)
  return tags
}

/** What the definition says goes before what the session says. */
function expiryOf({ receivedAt, recording, session }: Note): string {
  const seconds = recording.expireAfter || session?.data_expires || 0
  return seconds > 0 ? new Date(Math.min(receivedAt + seconds * 1000, LAST_DATE)).toISOString() : ''
}

/** Beyond it there is no way to write a time as ISO 8601. */
const LAST_DATE = Date.UTC(9999, 0)
