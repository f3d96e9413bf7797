import type { SeenRecord } from './seen-records.ts'
import { Tally } from './tally.ts'

/** So many groups are summed up as they come; of more only the number of records is counted, since there may be a million. */
const MOST_TALLIES = 1_000

type Name = string | number

/** Records that have something in common. */
export interface Group {
  readonly name: Name
  requests: number
  /** Null as long as the records are only counted. */
  tally: Tally | null
}

/** Records by what they have in common. */
export class Groups {
  readonly #nameOf: (record: SeenRecord) => Name
  readonly #groups = new Map<Name, Group>()

  constructor(nameOf: (record: SeenRecord) => Name) {
    this.#nameOf = nameOf
  }

  get size(): number {
    return this.#groups.size
  }

  count(record: SeenRecord): void {
    const name = this.#nameOf(record)
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { name, requests: 0, tally: this.#groups.size < MOST_TALLIES ? new Tally() : null }
      this.#groups.set(name, group)
    }
    group.requests += 1
    group.tally?.add(record)
  }

  /** Up to `limit` of them: those with the most records, or the last by name. */
  first(order: 'largest' | 'latest', limit: number): Group[] {
    const compare = order === 'latest' ? byNameBackwards : bySize
    return [...this.#groups.values()].sort(compare).slice(0, limit)
  }

  /** Sums up those of the groups that were only counted, from the same records once more. */
  tallyRest(chosen: readonly Group[]): { add(record: SeenRecord): void } {
    const rest = new Map(chosen.filter(({ tally }) => tally === null).map((group) => [group.name, new Tally()]))
    for (const group of chosen) group.tally ??= rest.get(group.name) ?? null
    return { add: (record) => rest.get(this.#nameOf(record))?.add(record) }
  }
}

function byName(a: Group, b: Group): number {
  return a.name < b.name ? -1 : Number(a.name > b.name)
}

function byNameBackwards(a: Group, b: Group): number {
  return byName(b, a)
}

function bySize(a: Group, b: Group): number {
  return b.requests - a.requests || byName(a, b)
}
