import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { untilGone } from '../containment/supervised.ts'
import { openConnection, type RawConnection } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import { openWorkers } from './workers-stage.ts'

/** A process may take its time to start on a busy machine. */
const PATIENCE_MS = 90_000

/** A client that opens another connection whenever it is told to close the one it has, or is cut off. */
class FaithfulClient {
  readonly #port: number
  #running = true
  /** Of the worker that has answered last. */
  pid = 0
  moves = 0

  constructor(port: number) {
    this.#port = port
  }

  async run(): Promise<void> {
    while (this.#running) {
      try {
        using connection = await openConnection(this.#port)
        while (this.#running && (await this.#ask(connection))) await delay(1)
        this.moves++
      } catch {
        this.pid = 0
      }
    }
  }

  /** Whether the connection stays open. */
  async #ask(connection: RawConnection): Promise<boolean> {
    await connection.send('GET /pid/ HTTP/1.1\r\nHost: x\r\n\r\n')
    const { text, head } = await connection.receive()
    this.pid = Number.parseInt(text, 10)
    return !head.lines.some((line) => line.toLowerCase() === 'connection: close')
  }

  stop(): void {
    this.#running = false
  }
}

test('connections that stay open come to be spread over the workers, also over one that comes later', async () => {
  await using stage = await openWorkers()
  const clients = Array.from({ length: 32 }, () => new FaithfulClient(stage.gateway.port))
  const runs = clients.map((client) => client.run())
  try {
    const isEven = async () => {
      const pids = (await stage.workers()).map(({ pid }) => pid)
      // Whoever asks has a connection for each question; those must not count.
      const counts = pids.map((pid) => clients.filter((client) => client.pid === pid).length)
      return pids.length === 2 && counts.every((count) => count >= 10) ? pids : null
    }
    const [, victim = 0] = await until('an even spread', isEven, PATIENCE_MS)
    // Its clients are cut off, and go where somebody answers: to the other one.
    process.kill(victim, 'SIGKILL')
    await untilGone(victim)
    const after = await until('an even spread over the new one', isEven, PATIENCE_MS)
    assert.ok(!after.includes(victim))
    assert.ok(
      clients.every(({ moves }) => moves < 20),
      'nobody is sent to and fro',
    )
  } finally {
    for (const client of clients) client.stop()
    await Promise.all(runs)
  }
})
