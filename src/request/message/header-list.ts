const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Whatever is no field content (RFC 9110 §5.5), which node:http and undici refuse to send. */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
const PADDING = /^[\t\n\r ]+|[\t\n\r ]+$/g

export function isHeaderName(text: string): boolean {
  return TOKEN.test(text)
}

/** Whether a text may be the value of a header: without control characters, and a byte for each character. */
export function isFieldValue(text: string): boolean {
  return !FORBIDDEN.test(text)
}

/** Names that were found to be names, in lower case. Code has the same few, and looks each up faster than it checks it. */
const lowerNames = new Map<string, string>()
const MOST_NAMES = 1000
/** Longer ones are not worth keeping. */
const LONGEST_NAME = 64

/** A name in lower case. @throws TypeError where it is none */
function lowerName(name: string): string {
  const known = lowerNames.get(name)
  if (known !== undefined) return known
  if (!isHeaderName(name)) throw new TypeError(`Set a header failed: "${name}" is not a header name`)
  const lower = name.toLowerCase()
  if (lowerNames.size >= MOST_NAMES) lowerNames.clear()
  if (name.length <= LONGEST_NAME) lowerNames.set(name, lower)
  return lower
}

/** @throws TypeError where it is no name */
function checkedName(name: unknown): string {
  const text = String(name)
  lowerName(text)
  return text
}

/** @throws TypeError where it is no field value */
function checkedValue(name: string, value: unknown): string {
  const given = String(value)
  const text = isPadded(given) ? given.replace(PADDING, '') : given
  if (FORBIDDEN.test(text)) {
    throw new TypeError(`Set the header "${name}" failed: its value has a control character or one above U+00FF`)
  }
  return text
}

function isPadded(text: string): boolean {
  return text.charCodeAt(0) <= 0x20 || text.charCodeAt(text.length - 1) <= 0x20
}

/**
 * A `Headers` over a raw list of names and values in turn, as node:http and undici have them: name case, order and
 * duplicates stay as they were received, and only what a plugin changes is changed.
 *
 * It is `instanceof Headers`, and keeps to the Fetch standard where a caller can see: names compare without case,
 * `get` joins duplicates with `, `, iteration is sorted and lower-case.
 */
export class HeaderList implements Headers {
  readonly raw: string[]

  constructor(raw: string[]) {
    this.raw = raw
  }

  /** Where the first line called `lower` (in lower case) stands from `start` on; -1 if there is none. */
  protected indexOf(lower: string, start = 0): number {
    const { raw } = this
    for (let i = start; i < raw.length; i += 2) {
      const name = raw[i] as string
      if (name.length === lower.length && (name === lower || name.toLowerCase() === lower)) return i
    }
    return -1
  }

  get(name: string): string | null {
    const lower = lowerName(String(name))
    let found: string | null = null
    for (let i = this.indexOf(lower); i >= 0; i = this.indexOf(lower, i + 2)) {
      const value = this.raw[i + 1] as string
      found = found === null ? value : `${found}, ${value}`
    }
    return found
  }

  /** Every value of `name`, one for each line. */
  getAll(name: string): string[] {
    const lower = name.toLowerCase()
    const values: string[] = []
    for (let i = this.indexOf(lower); i >= 0; i = this.indexOf(lower, i + 2)) values.push(this.raw[i + 1] as string)
    return values
  }

  getSetCookie(): string[] {
    return this.getAll('set-cookie')
  }

  has(name: string): boolean {
    return this.indexOf(lowerName(String(name))) >= 0
  }

  append(name: string, value: string): void {
    const checked = checkedName(name)
    this.add(checked, checkedValue(checked, value))
  }

  /** `append` of what is known to be a name and a value. */
  add(name: string, value: string): void {
    this.raw.push(name, value)
  }

  /** Replaces the first line of that name where it stands, and removes the others. */
  set(name: string, value: string): void {
    const checked = checkedName(name)
    this.put(checked, checkedValue(checked, value))
  }

  /** `set` of what is known to be a name and a value. */
  put(name: string, value: string): void {
    const lower = lowerName(name)
    const first = this.indexOf(lower)
    if (first < 0) {
      this.raw.push(name, value)
      return
    }
    this.raw[first] = name
    this.raw[first + 1] = value
    this.drop(lower, first + 2)
  }

  delete(name: string): void {
    this.drop(lowerName(String(name)))
  }

  /** Takes out every line called `lower`, a header's name in lower case, from `start` on. */
  drop(lower: string, start = 0): void {
    for (let i = this.indexOf(lower, start); i >= 0; i = this.indexOf(lower, i)) this.raw.splice(i, 2)
  }

  forEach(callback: (value: string, name: string, parent: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this.#sorted()) callback.call(thisArg, value, name, this)
  }

  entries(): ArrayIterator<[string, string]> {
    return this.#sorted()[Symbol.iterator]()
  }

  keys(): ArrayIterator<string> {
    return this.#sorted()
      .map(([name]) => name)
      [Symbol.iterator]()
  }

  values(): ArrayIterator<string> {
    return this.#sorted()
      .map(([, value]) => value)
      [Symbol.iterator]()
  }

  [Symbol.iterator](): ArrayIterator<[string, string]> {
    return this.entries()
  }

  /** Sorted by name, duplicates joined, Set-Cookie apart (Fetch standard, "sort and combine"). */
  #sorted(): [string, string][] {
    const combined = new Map<string, string>()
    const cookies: [string, string][] = []
    for (let i = 0; i < this.raw.length; i += 2) {
      const name = (this.raw[i] as string).toLowerCase()
      const value = this.raw[i + 1] as string
      if (name === 'set-cookie') cookies.push([name, value])
      else combined.set(name, combined.has(name) ? `${combined.get(name)}, ${value}` : value)
    }
    return [...combined, ...cookies].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  }
}

Object.setPrototypeOf(HeaderList.prototype, Headers.prototype)

/** The lines of a `Headers` of any make; a list of ours keeps its spelling and order. */
export function linesOf(headers: Headers): string[] {
  return headers instanceof HeaderList ? headers.raw.slice() : [...headers].flat()
}

/**
 * The lines of `changed`, in the spelling and order of `original` as far as the two agree: so a request that a plugin
 * rebuilt through the (sorting, lower-casing) web classes goes out the way it came in.
 */
export function reconcile(original: readonly string[], changed: Headers): string[] {
  if (changed instanceof HeaderList) return changed.raw
  const before = new HeaderList(original as string[])
  const lines: string[] = []
  const settled = new Set<string>()
  for (let i = 0; i < original.length; i += 2) {
    const name = original[i] as string
    const lower = name.toLowerCase()
    const now = changed.get(lower)
    if (now === null) continue
    if (now === before.get(lower)) lines.push(name, original[i + 1] as string)
    else if (!settled.has(lower)) lines.push(...linesNamed(name, changed))
    settled.add(lower)
  }
  for (const name of new Set(changed.keys())) {
    if (!settled.has(name)) lines.push(...linesNamed(name, changed))
  }
  return lines
}

function linesNamed(name: string, headers: Headers): string[] {
  if (name.toLowerCase() === 'set-cookie') return headers.getSetCookie().flatMap((value) => [name, value])
  return [name, headers.get(name) as string]
}
