import type { RecordPlugins } from '../request/chain/recording.ts'
import type { AnalyticsRecord } from './contract/analytics.ts'
import type { Changed, RecordPlugin } from './record-plugin.ts'

/** The analytics plugins of an API, one after the other. */
export class RecordPluginList implements RecordPlugins {
  readonly #plugins: readonly Pick<RecordPlugin, 'change'>[]
  /** Records that are to come, or in the plugins. */
  #awaited = 0
  #onIdle: (() => void) | null = null

  constructor(plugins: readonly Pick<RecordPlugin, 'change'>[]) {
    this.#plugins = plugins
  }

  await(): void {
    this.#awaited += 1
  }

  forget(): void {
    this.#awaited -= 1
    if (this.#awaited === 0) this.#onIdle?.()
  }

  change(record: AnalyticsRecord): Changed | Promise<Changed> {
    const changed = this.#run(record, 0)
    if (changed instanceof Promise) return changed.finally(() => this.forget())
    this.forget()
    return changed
  }

  #run(record: AnalyticsRecord, from: number): Changed | Promise<Changed> {
    let current = record
    for (let i = from; i < this.#plugins.length; i += 1) {
      const changed = (this.#plugins[i] as RecordPlugin).change(current)
      if (changed instanceof Promise) return changed.then((later) => later && this.#run(later, i + 1))
      if (changed === null) return null
      current = changed
    }
    return current
  }

  /** Resolves when no record waits for the plugins any more. */
  async idle(): Promise<void> {
    if (this.#awaited === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }
}
