import { Encoder } from '@msgpack/msgpack'
import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'

/** What a record without an end of its own says, so that nobody removes it: a hundred years. */
const FOREVER_MS = 36_500 * 86_400_000

const NO_GEO = {
  Country: { ISOCode: '' },
  City: { GeoNameID: 0, Names: {} },
  Location: { Latitude: 0, Longitude: 0, TimeZone: '' },
}
/** One for all: each would have a buffer of its own. */
const encoder = new Encoder()

const NO_NETWORK = { OpenConnections: 0, ClosedConnection: 0, BytesIn: 0, BytesOut: 0 }

/**
 * A record in msgpack as tyk-pump reads it: the fields by their names there, durations in whole milliseconds, times as a list
 * of seconds and nanoseconds. The bytes are there until the next one.
 */
export function encodeRecord(record: AnalyticsRecord): Uint8Array {
  const { Latency, TimeStamp, ExpireAt, RequestTime, ContentLength } = record
  return encoder.encodeSharedRef({
    ...record,
    ContentLength: Math.round(ContentLength),
    RequestTime: Math.round(RequestTime),
    Latency: { Total: Math.round(Latency.Total), Upstream: Math.round(Latency.Upstream), Gateway: Math.round(Latency.Gateway) },
    TimeStamp: timeOf(Date.parse(TimeStamp)),
    ExpireAt: timeOf(ExpireAt === '' ? Date.now() + FOREVER_MS : Date.parse(ExpireAt)),
    Geo: NO_GEO,
    Network: NO_NETWORK,
    ApiSchema: '',
  })
}

function timeOf(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, (ms - seconds * 1000) * 1_000_000]
}
