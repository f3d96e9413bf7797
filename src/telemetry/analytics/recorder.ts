import { textOf } from '../../errors.ts'
import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import { clientAddress } from '../../request/address/client-address.ts'
import type { Networks } from '../../request/address/networks.ts'
import type { FinishedRequest } from '../finished-request.ts'
import { type Note, noteOf } from './note.ts'
import { Outbox } from './outbox.ts'
import { type RecordOptions, recordOf } from './record-of.ts'
import type { Sink } from './sink.ts'

/** How long a note that takes time may wait before a record is made of it. */
const INTERVAL_MS = 200
/** So many notes do not wait. */
const NOTES = 500
/** So many records are made before requests have their turn. */
const SLICE = 100
/** What detailed records may hold together while they wait; beyond it they are recorded without detail. */
const DETAIL_BYTES = 33_554_432

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

export interface RecorderOptions {
  readonly sink: Sink
  readonly records: RecordOptions
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
 * Writes down the record of each request as it ends. Where plugins look at records, or they have detail, notes are taken instead,
 * and what takes time is done later. What waits is bounded; while it is full, what comes is dropped and counted.
 */
export class Recorder {
  readonly counters: AnalyticsCounters = { recorded: 0, dropped: 0, failed: 0, discarded: 0 }
  readonly #options: RecorderOptions
  readonly #outbox: Outbox
  #notes: Note[] = []
  /** Everything that was taken and is neither written nor lost. */
  #held = 0
  #detailBytes = 0
  #timer: NodeJS.Timeout | null = null
  #making: Promise<void> | null = null
  #isTroubled = false
  #isFull = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#outbox = new Outbox({
      sink: options.sink,
      limit: options.limit,
      onSettled: (count, size, reason) => this.#settle(count, size, reason),
    })
  }

  /** Records a request that has ended. */
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
    if (recording.plugins === null && note.detail === null) this.#addNow(note)
    else this.#addLater(note)
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

  /** Whatever a plugin has put into a session, the others' records are made. */
  #addNow(note: Note): void {
    try {
      this.#outbox.addNote(note)
    } catch (error) {
      this.#lose(0, error)
    }
  }

  #addLater(note: Note): void {
    this.#detailBytes += note.detail?.size ?? 0
    note.recording.plugins?.await()
    this.#notes.push(note)
    if (this.#notes.length >= NOTES) this.#make()
    else this.#wait()
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#make(), INTERVAL_MS)
  }

  /** Writes what is left to write; once, even if the sink fails. */
  async close(): Promise<void> {
    while (this.#notes.length > 0) {
      this.#make()
      await this.#making
    }
    await this.#making
    if (this.#timer) clearTimeout(this.#timer)
    while (this.#held > 0) {
      await this.#outbox.close()
      // A plugin may still have a record.
      if (this.#held > 0) await new Promise((resolve) => setTimeout(resolve, 1))
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

  /** What comes meanwhile waits until there is enough of it. */
  async #makeAll(): Promise<void> {
    do await this.#makeNotes()
    while (this.#notes.length >= NOTES)
  }

  async #makeNotes(): Promise<void> {
    const notes = this.#notes
    this.#notes = []
    for (let at = 0; at < notes.length; at += SLICE) {
      for (const note of notes.slice(at, at + SLICE)) this.#makeOne(note)
      await turn()
    }
    // These have waited.
    this.#outbox.flush()
  }

  #makeOne(note: Note): void {
    const { plugins } = note.recording
    const size = note.detail?.size ?? 0
    let record: AnalyticsRecord
    try {
      record = recordOf(note, this.#options.records)
    } catch (error) {
      plugins?.forget()
      this.#lose(size, error)
      return
    }
    const changed = plugins ? plugins.change(record) : record
    if (changed instanceof Promise) void changed.then((later) => this.#take(later, size))
    else this.#take(changed, size)
  }

  /** Whatever a plugin has made of a record, the others are written. */
  #take(record: AnalyticsRecord | null, size: number): void {
    if (record === null) {
      this.counters.discarded += 1
      this.#letGo(1, size)
      return
    }
    try {
      this.#outbox.addRecord(record, size)
    } catch (error) {
      this.#lose(size, error)
    }
  }

  #lose(size: number, error: unknown): void {
    this.counters.failed += 1
    this.#letGo(1, size)
    this.#options.onTrouble(textOf(error))
  }

  #letGo(count: number, size: number): void {
    this.#held -= count
    this.#detailBytes -= size
    if (this.#held < this.#options.limit / 2) this.#isFull = false
  }

  #settle(count: number, size: number, reason: string | null): void {
    this.#letGo(count, size)
    if (reason === null) this.counters.recorded += count
    else this.counters.failed += count
    const isTroubled = reason !== null
    if (isTroubled !== this.#isTroubled) this.#options.onTrouble(reason)
    this.#isTroubled = isTroubled
  }
}

/** Lets requests have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
