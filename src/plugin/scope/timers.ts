import timers from 'node:timers'
import promises from 'node:timers/promises'
import { promisify } from 'node:util'

type Callback = (...args: unknown[]) => void
type Timer = NodeJS.Timeout | NodeJS.Immediate

/** The timers of one artifact. */
export interface ScopedTimers {
  /** `setTimeout`, `clearTimeout` and so on: what the artifact sees as globals. */
  readonly globals: Readonly<Record<string, unknown>>
  /** What `require('node:timers')` and `require('node:timers/promises')` give. */
  readonly modules: Readonly<Record<'timers' | 'timers/promises', object>>
  /** Clears every timer and starts no more: an interval that a plugin forgot would hold its code in memory for ever. */
  close(): void
}

/** Timers that die with the artifact's version. */
export function openTimers(): ScopedTimers {
  const closing = new AbortController()
  const { globals, clearAll } = trackTimers(closing.signal)
  const asPromises = promiseTimers(closing.signal)
  Object.defineProperty(globals.setTimeout, promisify.custom, { value: asPromises.setTimeout })
  Object.defineProperty(globals.setImmediate, promisify.custom, { value: asPromises.setImmediate })
  return {
    globals,
    modules: { timers: { ...timers, ...globals, promises: asPromises }, 'timers/promises': asPromises },
    close() {
      closing.abort()
      clearAll()
    },
  }
}

function trackTimers(closing: AbortSignal) {
  const live = new Set<Timer>()

  const start = (begin: (callback: Callback) => Timer, callback: Callback, args: unknown[], once: boolean): Timer => {
    // Node tells the caller what is wrong with a callback that is none.
    const fire = typeof callback === 'function' ? run : callback
    const timer = begin(fire)
    if (closing.aborted) stop(timer)
    else live.add(timer)
    return timer

    function run(): void {
      if (once) live.delete(timer)
      // A fired timer that is refreshed is no longer in `live`.
      if (!closing.aborted) callback(...args)
    }
  }
  const clear = (timer: Timer | undefined): void => {
    live.delete(timer as Timer)
    stop(timer)
  }

  const globals = {
    setTimeout: (callback: Callback, delay?: number, ...args: unknown[]) =>
      start((fire) => timers.setTimeout(fire, delay), callback, args, true),
    setInterval: (callback: Callback, delay?: number, ...args: unknown[]) =>
      start((fire) => timers.setInterval(fire, delay), callback, args, false),
    setImmediate: (callback: Callback, ...args: unknown[]) => start((fire) => timers.setImmediate(fire), callback, args, true),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
  const clearAll = () => {
    for (const timer of live) stop(timer)
    live.clear()
  }
  return { globals, clearAll }
}

/** Each of Node's clearing functions ignores what is not its own. */
function stop(timer: Timer | undefined): void {
  timers.clearTimeout(timer as NodeJS.Timeout)
  timers.clearImmediate(timer as NodeJS.Immediate)
}

type TimerOptions = { signal?: AbortSignal; ref?: boolean }

/** Node's timers as promises. When the version ends, what waits goes on waiting, as a callback is not called; loops end. */
function promiseTimers(closing: AbortSignal) {
  const bound = (options?: TimerOptions): TimerOptions => {
    return { ...options, signal: options?.signal ? AbortSignal.any([options.signal, closing]) : closing }
  }
  const unlessClosed = <T>(waiting: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.then(resolve, (error) => {
        if (!closing.aborted) reject(error)
      })
    })

  const setTimeout = <T>(delay?: number, value?: T, options?: TimerOptions) =>
    unlessClosed(promises.setTimeout(delay, value, bound(options)))
  const setImmediate = <T>(value?: T, options?: TimerOptions) => unlessClosed(promises.setImmediate(value, bound(options)))
  async function* setInterval<T>(delay?: number, value?: T, options?: TimerOptions) {
    try {
      yield* promises.setInterval(delay, value, bound(options))
    } catch (error) {
      if (!closing.aborted) throw error
    }
  }
  const wait = (delay: number, options?: TimerOptions) => setTimeout(delay, undefined, options)
  return { setTimeout, setImmediate, setInterval, scheduler: { wait, yield: () => setImmediate() } }
}
