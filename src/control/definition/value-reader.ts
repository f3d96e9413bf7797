import type { JsonPath } from '../../json/json-path.ts'
import type { StepSource } from '../../request/steps/step-source.ts'
import { type ContextNeed, contextVariable, isCapture, metaVariable } from '../../request/values/context-variables.ts'
import type { Getter, Part } from '../../request/values/parts.ts'
import { readParts } from '../../request/values/read-parts.ts'
import { type References, type SecretStore, secretStores } from './references.ts'

const NOTHING: Getter = () => ''

export interface ValueReaderOptions {
  /** Whether the API has context variables. */
  readonly hasContext: boolean
  /** Where secrets are; without it they are not looked at. */
  readonly references: References | undefined
  /** Is told when a secret comes from a file. */
  readonly onFile: () => void
}

/** Reads the texts of one version that may hold variables. */
export class ValueReader {
  readonly #source: Pick<StepSource, 'problem' | 'warning'>
  readonly #options: ValueReaderOptions
  readonly needs = new Set<ContextNeed>()

  constructor(source: Pick<StepSource, 'problem' | 'warning'>, options: ValueReaderOptions) {
    this.#source = source
    this.#options = options
  }

  read(text: string, at: JsonPath, groups: boolean): readonly Part[] | null {
    let isWhole = true
    const parts = readParts(
      text,
      {
        context: (name) => this.#context(name, at),
        meta: metaVariable,
        secret: (store, name) => {
          const value = this.#secret(store, name, at)
          isWhole &&= value !== null
          return value ?? ''
        },
      },
      groups,
    )
    return isWhole ? parts : null
  }

  #context(name: string, at: JsonPath): Getter {
    const variable = contextVariable(name)
    if (!variable) {
      this.#source.warning(at, `"$tyk_context.${name}" stands for nothing: there is no such variable`)
      return NOTHING
    }
    if (!this.#options.hasContext && !isCapture(name)) {
      this.#source.warning(at, `"$tyk_context.${name}" stands for nothing, because "enable_context_vars" is not true`)
      return NOTHING
    }
    for (const need of variable.needs) this.needs.add(need)
    return variable.read
  }

  #secret(store: string, name: string, at: JsonPath): string | null {
    if (!secretStores.includes(store as SecretStore)) {
      this.#source.problem(
        at,
        `expected one of ${secretStores.map((each) => `$secret_${each}`).join(', ')}, found "$secret_${store}"`,
      )
      return null
    }
    if (store === 'file') this.#options.onFile()
    const found = this.#options.references?.find(store as SecretStore, name) ?? { value: '' }
    if ('value' in found) return found.value
    this.#source.problem(at, found.problem)
    return null
  }
}
