import type { ApiDefinition } from '../contract/index.ts'
import type { UseSetup } from './protocol.ts'

/** Numbers uses for all artifacts of the process: a number says nothing, it is only told from others. */
let lastId = 0

/**
 * The uses of one export. A use is known by its definition and its configuration, which stay the same objects as long
 * as the definition is in force; once they are gone, the workers can forget what they have of them.
 */
export class UseSetups {
  readonly #export: string
  readonly #byDefinition = new WeakMap<ApiDefinition, Map<unknown, UseSetup>>()
  readonly #gone: FinalizationRegistry<number>

  /** @param onGone is told the number of a use that no call can come of any more */
  constructor(name: string, onGone: (id: number) => void) {
    this.#export = name
    this.#gone = new FinalizationRegistry(onGone)
  }

  of(definition: ApiDefinition, config: unknown): UseSetup {
    const byConfig = this.#byDefinition.get(definition) ?? new Map<unknown, UseSetup>()
    const use = byConfig.get(config) ?? this.#newUse(definition, config)
    if (!byConfig.has(config)) this.#byDefinition.set(definition, byConfig.set(config, use))
    return use
  }

  #newUse(definition: ApiDefinition, config: unknown): UseSetup {
    lastId += 1
    this.#gone.register(definition, lastId)
    return { id: lastId, export: this.#export, config, definition }
  }
}
