import { createHash } from 'node:crypto'
import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { BreakerLimits } from './breaker.ts'
import type { PluginOwner } from './owner.ts'
import { type PluginIdentity, type PluginReport, PluginState } from './plugin-state.ts'

/** A state that somebody uses; it lives until the last user has released it. */
export interface StateLease {
  readonly state: PluginState
  release(): void
}

interface Entry {
  readonly state: PluginState
  users: number
}

export interface StateOptions {
  readonly identity: Omit<PluginIdentity, 'id'>
  readonly limits: BreakerLimits
  readonly log: Logger
  /** Why the plugin is not loaded; null if it is. */
  readonly quarantined: string | null
}

/**
 * How every plugin of the gateway is doing. A state outlives a reload, as long as plugin, artifact and limits stay the
 * same: an open breaker stays open. Another version of the artifact starts anew.
 */
export class PluginStates {
  /** The newest state of each plugin. */
  readonly #entries = new Map<string, Entry>()

  open({ identity, limits, log, quarantined }: StateOptions): StateLease {
    const id = idOf(identity)
    let entry = this.#entries.get(id)
    if (!entry?.state.matches({ id, ...identity }, limits, quarantined)) {
      entry = { state: new PluginState({ id, ...identity }, limits, log, quarantined), users: 0 }
      this.#entries.set(id, entry)
    }
    return this.#lease(id, entry)
  }

  #lease(id: string, entry: Entry): StateLease {
    entry.users += 1
    let released = false
    return {
      state: entry.state,
      release: () => {
        if (released) return
        released = true
        entry.users -= 1
        if (entry.users === 0 && this.#entries.get(id) === entry) this.#entries.delete(id)
      },
    }
  }

  find(id: string): PluginState | undefined {
    return this.#entries.get(id)?.state
  }

  /** Every plugin, by API and place in its definition. */
  reports(): PluginReport[] {
    return [...this.#entries.values()].map(({ state }) => state.report())
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

function idOf({ apiId, field, plugin }: Omit<PluginIdentity, 'id'>): string {
  return createHash('sha256').update(JSON.stringify([apiId, field, plugin])).digest('hex').slice(0, 12)
}
