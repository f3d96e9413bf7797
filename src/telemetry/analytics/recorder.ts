import { textOf } from '../../errors.ts'
import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import { clientAddress } from '../../request/address/client-address.ts'
import type { Networks } from '../../request/address/networks.ts'
import type { FinishedRequest } from '../finished-request.ts'
import { type Note, noteOf } from './note.ts'
import { type RecordOptions, recordOf } from './record-of.ts'
import type { Sink } from './sink.ts'

/** How long a note may wait before a record is made of it. */
const INTERVAL_MS = 200
/** So many notes do not wait. */
const BATCH = 500
/** So many records are made before requests have their turn. */
const SLICE = 100
/** So many are written at once: a quarter of a millisecond. */
const WRITTEN = 250
/** After a failure, which is likely to last. */
const PAUSE_MS = 1_000
/** What detailed records may hold together while they wait; beyond it they are recorded without detail. */
const DETAIL_BYTES = 33_554_432

/** A record that waits to be written, and how much detail it holds, in bytes. */
interface Ready {
  readonly record: AnalyticsRecord
  readonly size: number
}

/** What has become of records since the start. */
export interface AnalyticsCounters {
  /** Written. */
  recorded: number
  /** Not taken, since too many waited. */
  dropped: number
  /** Lost, since the sink failed. */
  failed: number
  /** Dropped by plugins. */
  discarded: number
}

export interface RecorderOptions extends RecordOptions {
  readonly sink: Sink
  /** How many may wait. */
  readonly limit: number
  /** Clients whose requests are not recorded. */
  readonly ignored: Networks
  /** Is told once when records begin to be lost, and with `null` when they no longer are. */
  readonly onTrouble: (reason: string | null) => void
  /** Is told once when records begin to be dropped. */
  readonly onFull: () => void
}

/**
 * Takes notes of requests as they end, makes records of them in batches, has plugins look at them, and writes them to the sink,
 * one batch after the other. What waits is bounded; while it is full, what comes is dropped and counted.
 */
export class Recorder {
  readonly counters: AnalyticsCounters = { recorded: 0, dropped: 0, failed: 0, discarded: 0 }
  readonly #options: RecorderOptions
  #notes: Note[] = []
  readonly #ready: Ready[] = []
  /** Everything that was taken and is neither written nor lost. */
  #held = 0
  #detailBytes = 0
  #timer: NodeJS.Timeout | null = null
  #making: Promise<void> | null = null
  #writing: Promise<void> | null = null
  #pausing: { readonly timer: NodeJS.Timeout; readonly end: () => void } | null = null
  #isTroubled = false
  #isFull = false
  #closed = false

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Notes a request that has ended. */
  readonly observe = (finished: FinishedRequest): void => {
    const { exchange } = finished
    const { recording } = exchange
    if (!recording.tracked || this.#isLeftOut(finished)) return
    if (this.#held >= this.#options.limit) {
      this.#drop()
      return
    }
    const note = noteOf(finished, this.#detailBytes < DETAIL_BYTES)
    this.#held += 1
    this.#detailBytes += note.detail?.size ?? 0
    recording.plugins?.await()
    this.#notes.push(note)
    if (this.#notes.length >= BATCH) this.#make()
    else this.#wait()
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#make(), INTERVAL_MS)
  }

  #isLeftOut({ exchange }: FinishedRequest): boolean {
    const { ignored } = this.#options
    if (!ignored.isEmpty && ignored.contains(clientAddress(exchange))) return true
    return exchange.recording.untracked?.first(exchange) === true
  }

  #drop(): void {
    this.counters.dropped += 1
    if (!this.#isFull) this.#options.onFull()
    this.#isFull = true
  }

  /** Writes what is left to write; once, even if the sink fails. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#notes.length > 0) {
      this.#make()
      await this.#making
    }
    await this.#making
    if (this.#timer) clearTimeout(this.#timer)
    while (this.#held > 0) {
      this.#pausing?.end()
      await (this.#writing ?? new Promise((resolve) => setTimeout(resolve, 1)))
    }
    await this.#options.sink.close()
  }

  #make(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#making ??= this.#makeAll().finally(() => {
      this.#making = null
      if (this.#notes.length > 0) this.#wait()
    })
  }

  /** What comes meanwhile waits until there is enough of it: each write has a price of its own. */
  async #makeAll(): Promise<void> {
    do await this.#makeNotes()
    while (this.#notes.length >= BATCH)
  }

  async #makeNotes(): Promise<void> {
    const notes = this.#notes
    this.#notes = []
    for (let at = 0; at < notes.length; at += SLICE) {
      for (const note of notes.slice(at, at + SLICE)) this.#makeOne(note)
      if (this.#ready.length >= WRITTEN) this.#write()
      await turn()
    }
    this.#write()
  }

  /** Whatever a plugin has put into a session, the others' records are made. */
  #makeOne(note: Note): void {
    const { plugins } = note.recording
    const size = note.detail?.size ?? 0
    let record: AnalyticsRecord
    try {
      record = recordOf(note, this.#options)
    } catch (error) {
      plugins?.forget()
      this.counters.failed += 1
      this.#letGo(size)
      this.#options.onTrouble(textOf(error))
      return
    }
    const changed = plugins ? plugins.change(record) : record
    if (changed instanceof Promise) void changed.then((later) => this.#take(later, size) && this.#write())
    else this.#take(changed, size)
  }

  #take(record: AnalyticsRecord | null, size: number): boolean {
    if (record) this.#ready.push({ record, size })
    else {
      this.counters.discarded += 1
      this.#letGo(size)
    }
    return record !== null
  }

  #letGo(size: number): void {
    this.#held -= 1
    this.#detailBytes -= size
    if (this.#held < this.#options.limit / 2) this.#isFull = false
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#ready.length > 0) {
      const batch = this.#ready.splice(0, WRITTEN)
      const reason = await this.#options.sink.write(batch.map(({ record }) => record)).then(() => null, textOf)
      for (const { size } of batch) this.#letGo(size)
      if (reason === null) this.counters.recorded += batch.length
      else this.counters.failed += batch.length
      this.#tell(reason)
      if (reason !== null) await this.#pause()
    }
  }

  #tell(reason: string | null): void {
    const isTroubled = reason !== null
    if (isTroubled !== this.#isTroubled) this.#options.onTrouble(reason)
    this.#isTroubled = isTroubled
  }

  /** Until then what comes waits, as far as there is room. */
  async #pause(): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#pausing = null
        resolve()
      }
      const timer = setTimeout(end, PAUSE_MS)
      this.#pausing = { timer, end }
    })
  }
}

/** Lets requests have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
