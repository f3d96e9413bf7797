import type { Hook } from './plugin-state.ts'

/**
 * What became of a call of a plugin:
 *
 * - `passed`: the request went on, or the plugin had its `next()`
 * - `answered`: its response is the request's
 * - `failed`: it threw, or gave what is no response
 * - `timeout`: its time was up
 * - `abandoned`: it failed since the client has left, or has sent what it may not
 */
export type CallEnd = 'passed' | 'answered' | 'failed' | 'timeout' | 'abandoned'

/** Which plugin is measured. */
export interface MeteredPlugin {
  readonly apiId: string
  readonly hook: Hook
  /** The exported function. */
  readonly name: string
  /** The artifact as the definition names it. */
  readonly path: string
}

/** Is told of the calls of one plugin. It may not throw. */
export interface PluginMeter {
  /** @param ms how long the plugin ran, in milliseconds, without what ran in its `next()` */
  called(end: CallEnd, ms: number): void
}

/** Where calls of plugins are measured; what nobody wants to know is not measured. */
export interface PluginMeters {
  of(plugin: MeteredPlugin): PluginMeter
}
