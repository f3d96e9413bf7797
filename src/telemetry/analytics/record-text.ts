import type { Api } from '../../request/chain/api.ts'
import type { Recording } from '../../request/chain/recording.ts'
import { LastQuoted, milliseconds, quoted, quotedAgent, quotedHost, quotedPath } from '../json-text.ts'
import { type Moment, momentOf } from './moment.ts'
import type { Note } from './note.ts'
import { expiryOf, failuresOf, keyOf, pluginOf, type RecordOptions, tagsOf, versionOf } from './record-of.ts'

/**
 * The record of a request without detail as JSON: byte for byte what `JSON.stringify` makes of `recordOf(note, options)`, in a
 * fraction of the time, since no object is made for the text alone.
 */
export function recordText(note: Note, options: RecordOptions): string {
  const { session, failures } = note
  const { listenPath, names } = textsOf(note.api)
  const key = keyOf(note, options)
  const shownKey = quoted(key)
  const plugin = pluginOf(note)
  const path = quotedPath.of(note.path)
  const recordedPath = note.endpoint ?? options.pathOf(note.path)
  const total = milliseconds(note.totalMs)
  const gateway = milliseconds(note.totalMs - note.upstreamMs)
  return (
    `{"Method":${quotedMethod.of(note.method)},"Host":${quotedHost.of(note.host)},` +
    `"Path":${recordedPath === note.path ? path : quoted(recordedPath)},"RawPath":${path},"OriginalPath":${path},` +
    `"ListenPath":${listenPath},"ContentLength":${note.contentLength},"UserAgent":${quotedAgent.of(note.userAgent)},` +
    `"ResponseCode":${note.status},"APIKey":${shownKey},"APIVersion":${quotedVersion.of(versionOf(note))},${names},` +
    `"OauthID":${quoted(session?.oauth_client_id ?? '')},"Alias":${quoted(session?.alias ?? '')},"RequestTime":${total},` +
    `"Latency":{"Total":${total},"Upstream":${milliseconds(note.upstreamMs)},"Gateway":${gateway}},` +
    `"RawRequest":"","RawResponse":"","IPAddress":${quotedAddress.of(note.address)},"Tags":${tagsText(note, key, shownKey)},` +
    `"TrackPath":${note.endpoint !== null},${timeText(momentOf(note.receivedAt))},"ExpireAt":"${expiryOf(note)}",` +
    `"ErrorCode":"${note.errorCode}","Plugin":${plugin ? quoted(plugin.name) : '""'},"PluginHook":"${plugin?.phase ?? ''}",` +
    `"PluginErrors":${failures ? JSON.stringify(failuresOf(failures)) : '[]'}}`
  )
}

const quotedMethod = new LastQuoted()
const quotedVersion = new LastQuoted()
const quotedAddress = new LastQuoted()

function tagsText(note: Note, key: string, quotedKey: string): string {
  const { session, recording } = note
  const isUsual = !session?.tags?.length && note.tagHeaders === null && !note.fromCache && note.traceId === ''
  if (!isUsual) return JSON.stringify(tagsOf(note, key))
  const { withoutKey, beforeKey, afterKey } = tagTextsOf(recording)
  return key === '' ? withoutKey : beforeKey + quotedKey.slice(1, -1) + afterKey
}

/** The tags of requests of which nothing but the key makes one. */
interface TagTexts {
  readonly withoutKey: string
  readonly beforeKey: string
  readonly afterKey: string
}

const tagTexts = new WeakMap<Recording, TagTexts>()

function tagTextsOf(recording: Recording): TagTexts {
  let texts = tagTexts.get(recording)
  if (texts === undefined) {
    const { tags, ownTags } = recording
    texts = {
      withoutKey: JSON.stringify([...tags, ...ownTags]),
      beforeKey: `[${tags.map((tag) => `${quoted(tag)},`).join('')}"key-`,
      afterKey: `"${ownTags.map((tag) => `,${quoted(tag)}`).join('')}]`,
    }
    tagTexts.set(recording, texts)
  }
  return texts
}

let timedAt: Moment | null = null
let time = ''

function timeText(at: Moment): string {
  if (at !== timedAt) {
    time = `"TimeStamp":"${at.text}","Day":${at.day},"Month":${at.month},"Year":${at.year},"Hour":${at.hour}`
    timedAt = at
  }
  return time
}

/** What is the same of all requests of an API. */
interface ApiTexts {
  readonly listenPath: string
  /** The fields of its name, id and organisation. */
  readonly names: string
}

const apiTexts = new WeakMap<Api, ApiTexts>()

function textsOf(api: Api): ApiTexts {
  let texts = apiTexts.get(api)
  if (texts === undefined) {
    const { name, id, orgId } = api
    const names = `"APIName":${quoted(name)},"APIID":${quoted(id)},"OrgID":${quoted(orgId)}`
    texts = { listenPath: quoted(api.listenPath), names }
    apiTexts.set(api, texts)
  }
  return texts
}
