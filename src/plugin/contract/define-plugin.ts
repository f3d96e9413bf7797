import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Next } from 'hono'
import type { Plugin, PluginContext } from './plugin.ts'

/** Marks a function made by {@link definePlugin}; of the symbol registry, so that copies of this module agree. */
export const DEFINED = Symbol.for('postern.plugin')

export interface PluginOptions<Schema extends StandardSchemaV1 | undefined> {
  /**
   * Describes the `config` object in the definition: a Standard Schema (zod, valibot, arktype, …). It runs when a
   * definition is loaded; what it refuses is a definition error that names the JSON path.
   */
  config?: Schema
  /** The plugin itself; `c.var.config` is what the schema made of the configuration. */
  handler: Plugin<Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown>
  /** Runs once, after the last request of this version of the artifact has ended. */
  dispose?: () => void | Promise<void>
}

/** A plugin that carries its options: still a plain middleware, which tests may call. */
export type DefinedPlugin<Schema extends StandardSchemaV1 | undefined> = PluginOptions<Schema>['handler'] & {
  readonly [DEFINED]: PluginOptions<Schema>
}

/**
 * A plugin with a validated, typed configuration, and clean-up.
 *
 * @example
 * export const Greet = definePlugin({
 *   config: z.object({ greeting: z.string() }),
 *   handler: (c) => { c.header('X-Greeting', c.var.config.greeting) },
 * })
 */
export function definePlugin<Schema extends StandardSchemaV1 | undefined = undefined>(
  options: PluginOptions<Schema>,
): DefinedPlugin<Schema> {
  if (typeof options?.handler !== 'function') {
    throw new TypeError('definePlugin needs a handler: a function (c, next)')
  }
  type Handled = Parameters<PluginOptions<Schema>['handler']>[0] & PluginContext
  const plugin = (c: Handled, next: Next) => options.handler(c, next)
  return Object.defineProperty(plugin, DEFINED, { value: options }) as unknown as DefinedPlugin<Schema>
}
