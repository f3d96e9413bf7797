import type { EventLoopUtilization } from 'node:perf_hooks'
import type { Worker } from 'node:worker_threads'
import { failure, type PosternError } from '../../errors.ts'
import type { CallTable } from './call-table.ts'
import type { WorkerLimits } from './isolation.ts'
import { PING, TURNS, type WorkerProgress } from './protocol.ts'

/** How often a worker is looked at where nothing runs in it that the gateway knows of, in milliseconds. */
const IDLE_TICK = 1_000
const SHORTEST_TICK = 10
const LONGEST_TICK = 50
/** How long a worker may get round to nothing without using CPU time that V8 could tell of, beyond cpu_ms, in milliseconds. */
const SILENCE = 2_000
/** An event loop that is never idle but for this share of the time has no end of work. */
const SATURATED = 0.98
const MB = 2 ** 20

export interface WatchOptions {
  readonly worker: Worker
  /** Tells what the worker has got round to. */
  readonly progress: WorkerProgress
  readonly plugin: string
  readonly limits: WorkerLimits
  readonly calls: CallTable
  /** Gives the worker something to get round to: to note this number. */
  readonly ping: (number: number) => void
  /** @param isUrgent whether the worker has to end now; else as soon as nobody waits for it. */
  readonly onExcess: (reason: PosternError, isUrgent: boolean) => void
}

/**
 * Watches from outside what a worker uses. V8 tells CPU time and memory of another thread also while that runs a loop;
 * what it cannot tell is for whom. So CPU time is held against a call in three ways: as one stretch in which the worker
 * got round to nothing else, as the time of a call that was alone in the worker, and as time that a saturated worker
 * goes on using after a call's timeout.
 */
export class WorkerWatch {
  readonly #options: WatchOptions
  readonly #tick: number
  #timer: NodeJS.Timeout | null = null
  #isIdle = true
  #isStopped = true
  #lastPing = 0
  #isAsking = false
  #seenTurns = -1
  #stillTicks = 0
  #last = { cpu: 0, turns: -1, ping: 0, calls: 0, loop: { idle: 0, active: 0, utilization: 0 } as EventLoopUtilization }
  #stretch = 0
  #sole = { id: 0, cpu: 0 }
  #afterTimeout = 0

  constructor(options: WatchOptions) {
    this.#options = options
    this.#tick = Math.min(Math.max(options.limits.cpuMs / 4, SHORTEST_TICK), LONGEST_TICK)
  }

  start(): void {
    this.#isStopped = false
    this.#schedule()
  }

  /** A call has come: from now on it is looked at often. */
  wake(): void {
    if (this.#isIdle && !this.#isStopped) this.#schedule()
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  /** Whether the worker has not got round to the last ping. */
  get #isPinging(): boolean {
    return Atomics.load(this.#options.progress, PING) !== this.#lastPing
  }

  #schedule(): void {
    if (this.#isStopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#isIdle = this.#options.calls.running.length === 0 && !this.#isPinging
    this.#timer = setTimeout(() => this.#look(), this.#isIdle ? IDLE_TICK : this.#tick).unref()
  }

  #look(): void {
    this.#schedule()
    this.#countStill()
    if (!this.#isPinging) this.#options.ping(++this.#lastPing)
    if (!this.#isAsking) void this.#ask()
  }

  /** Counts looks, not time: when the gateway itself was busy, the worker is not to blame. */
  #countStill(): void {
    const { plugin, limits, progress, onExcess } = this.#options
    const now = Atomics.load(progress, TURNS)
    this.#stillTicks = now === this.#seenTurns && this.#isPinging ? this.#stillTicks + 1 : 0
    this.#seenTurns = now
    const ms = Math.round(this.#stillTicks * this.#tick)
    if (ms > limits.cpuMs + SILENCE) onExcess(failure('worker_silent', { plugin, ms }), true)
  }

  async #ask(): Promise<void> {
    const { worker } = this.#options
    this.#isAsking = true
    try {
      const [usage, heap] = await Promise.all([worker.cpuUsage(), worker.getHeapStatistics()])
      if (this.#isStopped) return
      this.#checkMemory(heap.external_memory)
      this.#checkTime((usage.user + usage.system) / 1000)
    } catch {
      // It has just died.
    } finally {
      this.#isAsking = false
    }
  }

  #checkMemory(external: number): void {
    const { plugin, limits, onExcess } = this.#options
    const { memoryMb } = limits
    if (external <= memoryMb * MB) return
    onExcess(failure('worker_buffers_exceeded', { plugin, memoryMb, found: Math.round(external / MB) }), true)
  }

  #checkTime(cpu: number): void {
    const { worker, plugin, limits, calls, progress, onExcess } = this.#options
    const { cpuMs } = limits
    const now = {
      cpu,
      turns: Atomics.load(progress, TURNS),
      ping: this.#isPinging ? this.#lastPing : 0,
      calls: calls.count,
      loop: worker.performance.eventLoopUtilization(),
    }
    const used = cpu - this.#last.cpu
    const isSaturated = utilization(this.#last.loop, now.loop) > SATURATED
    // The same ping waits as at the last reading: in all of the time between the two the worker got round to nothing.
    const isStretch = now.ping !== 0 && now.ping === this.#last.ping && now.turns === this.#last.turns
    this.#stretch = isStretch ? this.#stretch + used : 0
    this.#countSole(used, now.calls === this.#last.calls)
    const isLeft = calls.running.some((call) => call.isCutOff)
    this.#afterTimeout = isLeft && isSaturated ? this.#afterTimeout + used : 0
    this.#last = now
    if (this.#stretch > cpuMs || this.#sole.cpu > cpuMs) onExcess(failure('worker_cpu_exceeded', { plugin, cpuMs }), true)
    else if (this.#afterTimeout > cpuMs) onExcess(failure('worker_busy_after_call', { plugin, cpuMs }), false)
  }

  /** Holds CPU time against the only call in the worker, as long as none has come or gone beside it. */
  #countSole(used: number, isSameCount: boolean): void {
    const [first, ...others] = this.#options.calls.running
    if (!first || others.length > 0) this.#sole = { id: 0, cpu: 0 }
    else if (first.id !== this.#sole.id) this.#sole = { id: first.id, cpu: 0 }
    else if (isSameCount) this.#sole.cpu += used
  }
}

/** The share of the time between two readings in which an event loop had work. */
function utilization(before: EventLoopUtilization, after: EventLoopUtilization): number {
  const [active, idle] = [after.active - before.active, after.idle - before.idle]
  return active / (active + idle)
}
