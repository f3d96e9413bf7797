import { formatPath, type JsonPath } from '../../json/json-path.ts'

/** What is found in one definition: problems, which fail the API, and warnings, which do not. Each begins with the field. */
export class Findings {
  readonly problems: string[] = []
  readonly warnings: string[] = []
  /** By the field at the root: where it comes from, if not from the definition itself. */
  readonly #origins: Readonly<Record<string, string>>

  constructor(origins: Readonly<Record<string, string>> = {}) {
    this.#origins = origins
  }

  addProblem(path: JsonPath, text: string): void {
    addOnce(this.problems, this.#lineOf(path, text))
  }

  addWarning(path: JsonPath, text: string): void {
    addOnce(this.warnings, this.#lineOf(path, text))
  }

  #lineOf(path: JsonPath, text: string): string {
    const origin = this.#origins[String(path[0])]
    if (path.length === 0) return text
    return origin === undefined ? `${formatPath(path)}: ${text}` : `${formatPath(path)} of ${origin}: ${text}`
  }
}

/** Several steps, and several versions, may read one field. */
function addOnce(lines: string[], line: string): void {
  if (!lines.includes(line)) lines.push(line)
}
