import { createHash } from 'node:crypto'
import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { BreakerLimits } from './breaker.ts'
import type { PluginOwner } from './owner.ts'
import { type PluginIdentity, PluginState } from './plugin-state.ts'

/** A state that somebody uses; it lives until the last user has released it. */
export interface StateLease {
  readonly state: PluginState
  release(): void
}

interface Entry {
  readonly state: PluginState
  users: number
}

/**
 * How every plugin of the gateway is doing. A state outlives a reload, as long as plugin, artifact and limits stay the
 * same: an open breaker stays open. Another version of the artifact starts anew.
 */
export class PluginStates {
  readonly #entries = new Map<string, Entry>()

  /** The state of a plugin, shared with who has it already. */
  open(plugin: Omit<PluginIdentity, 'id'>, limits: BreakerLimits, log: Logger): StateLease {
    const identity = { ...plugin, id: idOf(plugin) }
    const key = JSON.stringify([identity.id, plugin.script, limits])
    const entry = this.#entries.get(key) ?? { state: new PluginState(identity, limits, log), users: 0 }
    this.#entries.set(key, entry)
    entry.users += 1
    let released = false
    return {
      state: entry.state,
      release: () => {
        if (released) return
        released = true
        entry.users -= 1
        if (entry.users === 0) this.#entries.delete(key)
      },
    }
  }

  /** Counts what an owner's code threw outside of a call: for the plugin whose call started it, else for all of the artifact. */
  noteLateFailure({ name, script, use }: PluginOwner, thrown: unknown): void {
    const { message } = failure('plugin_failed_late', { plugin: name, reason: textOf(thrown) })
    for (const { state } of this.#entries.values()) {
      const { identity } = state
      if (identity.script === script && (use === undefined || use === identity.id)) state.failedLate(message)
    }
  }
}

function idOf({ apiId, field, name }: Omit<PluginIdentity, 'id'>): string {
  return createHash('sha256')
    .update(JSON.stringify([apiId, field, name]))
    .digest('hex')
    .slice(0, 12)
}
