import { type FamilyName, families } from './families.ts'
import { bounds, type Histogram } from './histogram.ts'

export type Labels = Readonly<Record<string, string>>

/** The lines of each family, in Prometheus' text format, without what is said once for a family. JSON, so that a process can be told. */
export type SheetLines = Readonly<Partial<Record<FamilyName, string>>>

/** What ends the line of a bucket, before its value. */
const BUCKET_ENDS = [...bounds, '+Inf'].map((bound) => `${bound}"} `)

/** What one process has to say, as it is put together. */
export class Sheet {
  /** Joined at the end: a text that grows by many small ones is work for the garbage collector. */
  readonly #lines = new Map<FamilyName, string[]>()
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
    const begin = `${family}_bucket{${text},le="`
    let total = 0
    const lines: (string | number)[] = []
    for (let at = 0; at < counts.length; at += 1) {
      total += counts[at] as number
      lines.push(begin, BUCKET_ENDS[at] as string, total, '\n')
    }
    if (total === 0) return
    this.#append(family, `${lines.join('')}${family}_sum{${text}} ${sum}\n${family}_count{${text}} ${total}\n`)
  }

  #append(family: FamilyName, lines: string): void {
    const all = this.#lines.get(family)
    if (all) all.push(lines)
    else this.#lines.set(family, [lines])
  }

  get lines(): SheetLines {
    return Object.fromEntries([...this.#lines].map(([family, lines]) => [family, lines.join('')]))
  }
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first},${second}`
}

function labelText(labels: Labels): string {
  let text = ''
  for (const name in labels) text += `${text === '' ? '' : ','}${name}="${escaped(labels[name] as string)}"`
  return text
}

const SPECIAL: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
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
