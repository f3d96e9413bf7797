import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * How many bytes of bodies may pass before the buffers they came in are collected. V8 alone lets about 100 MB of them lie,
 * for it goes by what is in its heap, and buffers are not. Collecting early costs less than it saves: memory that was
 * just freed is used again, where fresh pages took a third of the CPU time of a large body.
 */
const COLLECT_AFTER = 16 * 2 ** 20

type Collect = (options: { type: 'minor' }) => void

let collect: Collect | null = null
let passed = 0

/** Notes bytes of a body that have been passed on, and now and then has their buffers collected (about 0.5 ms). */
export function notePassed(bytes: number): void {
  passed += bytes
  if (passed < COLLECT_AFTER) return
  passed = 0
  collect ??= openCollector()
  collect({ type: 'minor' })
}

function openCollector(): Collect {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  return gc
}
