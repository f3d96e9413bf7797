import { HeaderList } from './header-list.ts'

/** One change that was prepared; the value of what is removed is ''. */
export type PreparedChange = readonly [what: 'set' | 'append' | 'remove', name: string, value: string]

/**
 * Response headers that plugins set before there is a response (`c.header()`, `c.res.headers` before `next()`): they
 * read like headers, and are remembered as changes to apply to the final response, whoever makes it.
 */
export class PreparedHeaders extends HeaderList {
  #changes: PreparedChange[] = []

  constructor() {
    super([])
  }

  /** The same changes, prepared anew. */
  static of(changes: readonly PreparedChange[]): PreparedHeaders {
    const headers = new PreparedHeaders()
    for (const [what, name, value] of changes) headers[what](name, value)
    return headers
  }

  get changes(): readonly PreparedChange[] {
    return this.#changes
  }

  override put(name: string, value: string): void {
    super.put(name, value)
    this.#changes.push(['set', name, value])
  }

  override add(name: string, value: string): void {
    super.add(name, value)
    this.#changes.push(['append', name, value])
  }

  /** Takes a header off the final response, whoever wrote it, and takes back what was prepared under that name. */
  remove(name: string): void {
    this.delete(name)
    this.#changes.push(['remove', name, ''])
  }

  /** Takes back what was prepared under that name; the final response's own header stays. */
  override delete(name: string): void {
    super.delete(name)
    const lower = name.toLowerCase()
    this.#changes = this.#changes.filter(([, changed]) => changed.toLowerCase() !== lower)
  }

  /** Set replaces, append adds, remove takes off; a line that `target` already has is not added again, so this may be repeated. */
  applyTo(target: HeaderList): void {
    for (const [what, name, value] of this.#changes) {
      if (what === 'remove') target.delete(name)
      else if (what === 'set') target.put(name, value)
      else if (!target.getAll(name).includes(value)) target.add(name, value)
    }
  }

  clone(): PreparedHeaders {
    const copy = new PreparedHeaders()
    copy.raw.push(...this.raw)
    copy.#changes.push(...this.#changes)
    return copy
  }
}
