import { formatPath, type JsonPath } from '../../json/json-path.ts'
import type { References } from './references.ts'

/** What is found in one definition: problems, which fail the API, and warnings, which do not. Each begins with the field. */
export class Findings {
  readonly problems: string[] = []
  readonly warnings: string[] = []
  #readsFiles = false
  /** By the field at the root: where it comes from, if not from the definition itself. */
  readonly #origins: Readonly<Record<string, string>>
  readonly #references: Pick<References, 'redact'> | undefined

  /** @param references what must not be shown */
  constructor(origins: Readonly<Record<string, string>> = {}, references?: Pick<References, 'redact'>) {
    this.#origins = origins
    this.#references = references
  }

  addProblem(path: JsonPath, text: string): void {
    addOnce(this.problems, this.#lineOf(path, text))
  }

  addWarning(path: JsonPath, text: string): void {
    addOnce(this.warnings, this.#lineOf(path, text))
  }

  /** Something comes from a file beside the definition, which may change while the definition does not. Artifacts are not meant. */
  noteFile(): void {
    this.#readsFiles = true
  }

  get readsFiles(): boolean {
    return this.#readsFiles
  }

  #lineOf(path: JsonPath, text: string): string {
    const origin = this.#origins[String(path[0])]
    const shown = this.#references?.redact(text) ?? text
    if (path.length === 0) return shown
    return origin === undefined ? `${formatPath(path)}: ${shown}` : `${formatPath(path)} of ${origin}: ${shown}`
  }
}

/** Several steps, and several versions, may read one field. */
function addOnce(lines: string[], line: string): void {
  if (!lines.includes(line)) lines.push(line)
}
