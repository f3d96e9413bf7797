import type { Measurement } from '../measurement.ts'
import { compileTime } from './compile.ts'
import { idleControl } from './idle-control.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { start } from './start.ts'
import { workers } from './workers.ts'

/** What is measured beside rates. */
export const figures: readonly Measurement[] = [latency, workers, memory, start, compileTime, idleControl]
