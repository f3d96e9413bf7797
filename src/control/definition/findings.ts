import { formatPath, type JsonPath } from '../json/json-path.ts'

/** What is found in one definition: problems, which fail the API, and warnings, which do not. Each begins with the field. */
export class Findings {
  readonly problems: string[] = []
  readonly warnings: string[] = []

  addProblem(path: JsonPath, text: string): void {
    this.problems.push(lineOf(path, text))
  }

  addWarning(path: JsonPath, text: string): void {
    this.warnings.push(lineOf(path, text))
  }
}

function lineOf(path: JsonPath, text: string): string {
  return path.length === 0 ? text : `${formatPath(path)}: ${text}`
}
