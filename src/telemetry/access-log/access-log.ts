import { type Logger, linesInto } from '../../log.ts'
import type { Api } from '../../request/chain/api.ts'
import type { FinishedRequest, RequestObserver } from '../finished-request.ts'
import type { ShownKeys } from '../shown-keys.ts'
import { type FieldName, fieldNames } from './field-names.ts'
import { type Field, ofApi, ofRequest, type Subject, verdictOf } from './fields.ts'

export interface AccessLogOptions {
  readonly log: Logger
  readonly keys: ShownKeys
  /** The fields that a line has; all of them if there are none. */
  readonly template: readonly FieldName[]
}

/**
 * Writes one line for each request that has ended, whoever answered it. The line is put together here, without the logger:
 * that takes a third of the time, and lines of one turn of the event loop are written together.
 */
export function accessLog({ log, keys, template }: AccessLogOptions): RequestObserver {
  const write = linesInto(log)
  const wanted = template.length > 0 ? fieldNames.filter((name) => template.includes(name)) : fieldNames
  const ofApis = partOfApi(wanted)
  const fields = wanted.flatMap((name): [begin: string, field: Field][] =>
    name in ofRequest ? [[`,"${name}":`, ofRequest[name as keyof typeof ofRequest]]] : [],
  )
  return (finished) => {
    if (!log.isLevelEnabled('info')) return
    const subject: Subject = { finished, keys, verdict: verdictOf(finished) }
    let line = `${beginning()}${ofApis(finished, subject)}`
    for (const [begin, field] of fields) {
      const value = field(subject)
      // A text that grows at its end alone is put together faster.
      if (value !== '') line = `${line}${begin}${value}`
    }
    write(`${line}}\n`)
  }
}

let lastMs = 0
let lastBeginning = ''

/** The same for all lines of a millisecond. */
export function beginning(): string {
  const now = Date.now()
  if (now !== lastMs) {
    lastMs = now
    lastBeginning = `{"level":"info","time":"${new Date(now).toISOString()}","prefix":"access-log"`
  }
  return lastBeginning
}

/** What lines say of an API is put together once. */
function partOfApi(wanted: readonly FieldName[]): (finished: FinishedRequest, subject: Subject) => string {
  const known = new WeakMap<Api, string>()
  const fields = wanted.flatMap((name): [string, Field][] => (ofApi[name] ? [[`,"${name}":`, ofApi[name]]] : []))
  return ({ exchange: { api } }, subject) => {
    let part = known.get(api)
    if (part === undefined) {
      part = fields.map(([begin, field]) => (field(subject) === '' ? '' : begin + field(subject))).join('')
      known.set(api, part)
    }
    return part
  }
}
