import { setTimeout as delay } from 'node:timers/promises'

/** What became of requests that were sent at a steady rate. */
export interface Offered {
  readonly sent: number
  /** How many a second: fewer than asked for where the machine has no time for more. */
  readonly perSecond: number
  /** From the first request to the last answer. */
  readonly durationMs: number
  /** The answers in the order in which they came, with milliseconds since the first request. */
  readonly answers: readonly { readonly status: number; readonly atMs: number }[]
}

export interface OfferOptions {
  readonly perSecond: number
  readonly durationMs: number
  /** How many may wait for their answers; while they do, no more are sent, so that what is measured is no queue of our own. */
  readonly mostOpen: number
}

/** @param send one request; its status */
export async function offer(options: OfferOptions, send: (index: number) => Promise<number>): Promise<Offered> {
  const { perSecond, durationMs, mostOpen } = options
  const answers: { status: number; atMs: number }[] = []
  const began = performance.now()
  const passed = () => performance.now() - began
  let [sent, open] = [0, 0]
  const sendOne = async (index: number) => {
    const status = await send(index)
    open--
    answers.push({ status, atMs: passed() })
  }
  const requests: Promise<void>[] = []
  while (passed() < durationMs) {
    // What is late by more than a tenth of a second is left out: a burst would offer another rate.
    const due = (passed() / 1000) * perSecond
    for (let late = Math.min(due - sent, perSecond / 10); late >= 1 && open < mostOpen; late--) {
      open++
      requests.push(sendOne(sent++))
    }
    await delay(1)
  }
  await Promise.all(requests)
  return { sent, perSecond: sent / (durationMs / 1000), durationMs: passed(), answers }
}
