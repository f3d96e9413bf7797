import { failure, textOf } from '../errors.ts'
import type { LoadedExport } from './loader.ts'
import { type PluginOwner, runAs } from './owner.ts'

/** How long one `dispose` may take, in milliseconds; a reload waits for it. */
const LIMIT = 10_000

/** Runs the `dispose` of each defined plugin once, side by side. What goes wrong is logged. */
export async function disposeExports(exports: Iterable<LoadedExport>, owner: PluginOwner): Promise<void> {
  // One plugin may be exported under two names.
  const byOptions = new Map([...exports].map((entry) => [entry.options, entry]))
  await Promise.all([...byOptions.values()].map((entry) => disposeExport(entry, owner)))
}

async function disposeExport({ name, options }: LoadedExport, owner: PluginOwner): Promise<void> {
  if (typeof options?.dispose !== 'function') return
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(failure('plugin_dispose_timeout', { plugin: owner.name, export: name, limit: LIMIT }))
  }, LIMIT)
  try {
    const { dispose } = options
    await Promise.race([runAs(owner, async () => dispose.call(options)), timeout])
  } catch (thrown) {
    const err = failure('plugin_dispose_failed', { plugin: owner.name, export: name, reason: textOf(thrown) }, thrown)
    owner.log.error({ code: err.code, err }, err.message)
  } finally {
    clearTimeout(timer)
  }
}
