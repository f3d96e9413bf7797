import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'

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
  const { agent, send, outcome } = openSender(offer)
  const running: Promise<void>[] = []
  const begin = performance.now()
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(((performance.now() - begin) / 1000) * perSecond, perSecond * seconds)
    for (; sent < due; sent += 1) running.push(send(begin + (sent / perSecond) * 1000))
    await sleep(1)
  }
  await Promise.all(running)
  await agent.close()
  return outcome
}

/** Sends as many requests as fast as the connections carry them. */
export async function offerAtOnce(offer: Offer, requests: number): Promise<Outcome> {
  const { agent, send, outcome } = openSender(offer)
  const now = performance.now()
  await Promise.all(Array.from({ length: requests }, () => send(now)))
  await agent.close()
  return outcome
}

function openSender({ url, key, connections }: Offer) {
  const agent = new Agent({ connections, pipelining: 1 })
  const { origin, pathname: path } = new URL(url)
  const outcome: Outcome = { statuses: {}, slowestMs: 0 }
  const send = async (dueAt: number) => {
    const { statusCode, body } = await agent.request({ origin, path, method: 'GET', headers: { authorization: key } })
    await body.dump()
    outcome.statuses[statusCode] = (outcome.statuses[statusCode] ?? 0) + 1
    outcome.slowestMs = Math.max(outcome.slowestMs, Math.round(performance.now() - dueAt))
  }
  return { agent, send, outcome }
}
