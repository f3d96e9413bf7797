import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient } from './raw-client.ts'

/** An upstream that notes when each request has come in: the moment at which the gateway had let it in. */
export interface CountingUpstream extends AsyncDisposable {
  readonly url: string
  /** Times in milliseconds, oldest first. */
  readonly accepted: number[]
}

export async function startCountingUpstream(): Promise<CountingUpstream> {
  const upstream = { accepted: [] as number[] }
  const server = createServer((_, response) => {
    upstream.accepted.push(performance.now())
    response.end('ok')
  })
  server.keepAliveTimeout = 60_000
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return Object.assign(upstream, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

/** What has become of the requests of a load. */
export interface Outcome {
  /** How often each status was answered. */
  readonly statuses: Record<number, number>
  /** How long the slowest answer took, from when its request was due: a machine that is busy otherwise shows in it. */
  slowestMs: number
}

export interface Offer {
  readonly url: string
  readonly key: string
  readonly connections: number
}

/**
 * Sends `perSecond` requests a second for `seconds`, whatever becomes of them: each has its time, and the next one does not
 * wait for it as long as a connection is free.
 */
export async function offerRate(offer: Offer, perSecond: number, seconds: number): Promise<Outcome> {
  await using sender = await Sender.open(offer)
  const running: Promise<void>[] = []
  const begin = performance.now()
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(((performance.now() - begin) / 1000) * perSecond, perSecond * seconds)
    for (; sent < due; sent += 1) running.push(sender.send(begin + (sent / perSecond) * 1000))
    await sleep(1)
  }
  await Promise.all(running)
  return sender.outcome
}

/** Sends as many requests as fast as the connections carry them. */
export async function offerAtOnce(offer: Offer, requests: number): Promise<Outcome> {
  await using sender = await Sender.open(offer)
  const now = performance.now()
  await Promise.all(Array.from({ length: requests }, () => sender.send(now)))
  return sender.outcome
}

class Sender implements AsyncDisposable {
  readonly outcome: Outcome = { statuses: {}, slowestMs: 0 }
  readonly #client: RawClient

  private constructor(client: RawClient) {
    this.#client = client
  }

  static async open({ url, key, connections }: Offer): Promise<Sender> {
    return new Sender(await RawClient.open(url, key, connections))
  }

  async send(dueAt: number): Promise<void> {
    const status = await this.#client.send()
    const { outcome } = this
    outcome.statuses[status] = (outcome.statuses[status] ?? 0) + 1
    outcome.slowestMs = Math.max(outcome.slowestMs, Math.round(performance.now() - dueAt))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close()
  }
}
