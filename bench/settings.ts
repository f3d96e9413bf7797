import { fileURLToPath } from 'node:url'

/** How long and how often to measure; read from the environment. */
export interface Settings {
  /** Seconds of one run: `BENCH_SECONDS`, 2. */
  readonly seconds: number
  /** Pairs of runs behind every ratio: `BENCH_PAIRS`, 9. What has no limit to keep makes do with five. */
  readonly pairs: number
  /**
   * Processes of each proxy that the pairs are spread over: `BENCH_PROCESSES`, 3. What the engine makes of the same code differs
   * by a tenth from process to process. What has no limit to keep makes do with one.
   */
  readonly processes: number
  /** Seconds of load before the first measured run of a process: `BENCH_WARM_UP`, 4. */
  readonly warmUp: number
  /** Connections that are kept busy: `BENCH_CONNECTIONS`, 64. */
  readonly connections: number
  /** The core of the proxy under test, and the core that the load and the upstream share: `BENCH_CORES`, `0,1`. */
  readonly cores: Cores
  /** The port of the upstream, for gateways that are running already: `BENCH_UPSTREAM_PORT`; 0, a free one. */
  readonly upstreamPort: number
}

export interface Cores {
  readonly proxy: number
  readonly load: number
}

/** The repository's folder. */
export const repository = fileURLToPath(new URL('..', import.meta.url))

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const [proxy, load] = (env.BENCH_CORES ?? '0,1').split(',').map(Number)
  return {
    seconds: readNumber(env, 'BENCH_SECONDS', 2),
    pairs: readNumber(env, 'BENCH_PAIRS', 9),
    processes: readNumber(env, 'BENCH_PROCESSES', 3),
    warmUp: readNumber(env, 'BENCH_WARM_UP', 4),
    connections: readNumber(env, 'BENCH_CONNECTIONS', 64),
    cores: { proxy: proxy ?? 0, load: load ?? 1 },
    upstreamPort: env.BENCH_UPSTREAM_PORT === undefined ? 0 : readNumber(env, 'BENCH_UPSTREAM_PORT', 0),
  }
}

/** How many pairs, or repetitions, where no limit depends on the figure. */
export function fewer(settings: Settings, atMost = 5): number {
  return Math.min(settings.pairs, atMost)
}

function readNumber(env: NodeJS.ProcessEnv, key: string, fallback: number): number {
  const text = env[key]
  if (text === undefined) return fallback
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`Read ${key} failed: found "${text}", expected a whole number above 0`)
  }
  return number
}
