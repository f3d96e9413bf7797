import { type FamilyName, families } from './families.ts'
import { bounds, type Histogram } from './histogram.ts'

export type Labels = Readonly<Record<string, string>>

/** The lines of each family, in Prometheus' text format, without what is said once for a family. JSON, so that a process can be told. */
export type SheetLines = Readonly<Partial<Record<FamilyName, string>>>

/** What one process has to say, as it is put together. */
export class Sheet {
  readonly #lines: Partial<Record<FamilyName, string>> = {}
  readonly #own: string

  /** @param own labels that every line has */
  constructor(own: Labels) {
    this.#own = labelText(own)
  }

  add(family: FamilyName, value: number, labels: Labels = {}): void {
    this.#append(family, `${family}{${joined(this.#own, labelText(labels))}} ${value}\n`)
  }

  /** One that has never observed anything is left out. */
  addHistogram(family: FamilyName, { counts, sum }: Histogram, labels: Labels = {}): void {
    const text = joined(this.#own, labelText(labels))
    let total = 0
    let lines = ''
    for (const [at, bound] of bounds.entries()) {
      total += counts[at] as number
      lines += `${family}_bucket{${text},le="${bound}"} ${total}\n`
    }
    total += counts[bounds.length] as number
    if (total === 0) return
    lines += `${family}_bucket{${text},le="+Inf"} ${total}\n${family}_sum{${text}} ${sum}\n${family}_count{${text}} ${total}\n`
    this.#append(family, lines)
  }

  #append(family: FamilyName, lines: string): void {
    this.#lines[family] = (this.#lines[family] ?? '') + lines
  }

  get lines(): SheetLines {
    return this.#lines
  }
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first},${second}`
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

const SPECIAL: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

function escaped(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (character) => SPECIAL[character] as string)
}

/** What several processes have to say, as Prometheus reads it (text format 0.0.4). */
export function exposition(sheets: readonly SheetLines[]): string {
  let text = ''
  for (const [name, [type, help]] of Object.entries(families)) {
    const lines = sheets.map((sheet) => sheet[name as FamilyName] ?? '').join('')
    if (lines !== '') text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`
  }
  return text
}
