import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { ask, writeApi } from './isolation-api.ts'

/** So many looping plugins, each in a worker of its own, take turns: a worker that has just died is given time before its next start. */
const LOOPS = 12
const EVERY_MS = 1_000
/** Windows of time with and without loops, in turns: what slows the machine for a while slows both. */
const WINDOWS = Number(process.env.BENCH_PAIRS ?? 6)
const WINDOW_MS = Number(process.env.BENCH_SECONDS ?? 5) * 1000
const PAUSE_MS = 2

/**
 * The latency of an API beside plugins of others that loop for ever in workers, one started every second. The goal: its p99
 * stays under twice what it is without them, or 3 ms more, whichever is larger. The gateway is a process of its own, as users run it.
 */
export async function measureNeighbour(folder: string): Promise<void> {
  await writeApi(folder, 'other', 'Answer', {})
  for (let i = 0; i < LOOPS; i += 1)
    await writeApi(folder, `loop-${i}`, 'Loop', { isolation: 'worker', cpu_ms: 100, memory_mb: 32 + i })
  const main = join(import.meta.dirname, '../src/main.ts')
  const args = [main, 'start', '--conf', join(folder, 'gateway.conf')]
  const gateway = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const agent = new Agent({ keepAlive: true })
  try {
    const port = await portOf(gateway.stdout)
    await latencies(port, agent, 2_000)
    const quiet: number[][] = []
    const beside: number[][] = []
    let loops = 0
    for (let i = 0; i < WINDOWS; i += 1) {
      quiet.push(await latencies(port, agent, WINDOW_MS))
      const stop = loopEvery(port, agent)
      beside.push(await latencies(port, agent, WINDOW_MS))
      loops += await stop()
    }
    report(quiet, beside, loops)
  } finally {
    agent.destroy()
    gateway.kill()
    await once(gateway, 'exit')
  }
}

async function portOf(stdout: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface(stdout)
  for await (const line of lines) {
    const port = /listens on http:\/\/\S+:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    stdout.resume()
    return Number(port)
  }
  throw new Error('The gateway ended before it listened')
}

/** How long requests took, in milliseconds, one after the other. */
async function latencies(port: number, agent: Agent, ms: number): Promise<number[]> {
  const times: number[] = []
  for (const end = performance.now() + ms; performance.now() < end; await delay(PAUSE_MS)) {
    const start = performance.now()
    const status = await ask(port, 'other', agent)
    if (status !== 200) throw new Error(`The other API answered ${status}`)
    times.push(performance.now() - start)
  }
  return times
}

let turn = 0

/** Starts a loop now and every second. What it returns stops that, and gives how many loops were ended by the limit. */
function loopEvery(port: number, agent: Agent): () => Promise<number> {
  const loops: Promise<boolean>[] = []
  const start = () => {
    const since = performance.now()
    const ended = ask(port, `loop-${turn % LOOPS}`, agent).then((status) => status === 500 && performance.now() - since > 90)
    turn += 1
    loops.push(ended)
  }
  start()
  const timer = setInterval(start, EVERY_MS)
  return async () => {
    clearInterval(timer)
    return (await Promise.all(loops)).filter(Boolean).length
  }
}

function report(quiet: number[][], beside: number[][], loops: number): void {
  const seconds = (WINDOWS * WINDOW_MS) / 1000
  const [before, after] = [p99(quiet.flat()), p99(beside.flat())]
  const limit = Math.max(2 * before, before + 3)
  const each = beside.map((window, i) => `${p99(quiet[i] ?? []).toFixed(2)} → ${p99(window).toFixed(2)}`)
  console.log(`p99 of another API, in ${WINDOWS} pairs of ${WINDOW_MS / 1000} s: ${each.join(', ')} ms`)
  console.log(
    `${loops} loops in ${seconds} s ran into cpu_ms 100; load average ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
  )
  const verdict = after < limit ? 'PASS: under' : 'FAIL: not under'
  console.log(
    `${verdict} the limit: ${before.toFixed(2)} ms quiet, ${after.toFixed(2)} ms beside loops, limit ${limit.toFixed(2)} ms`,
  )
  if (after >= limit || loops < seconds * 0.8) process.exitCode = 1
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN
}
