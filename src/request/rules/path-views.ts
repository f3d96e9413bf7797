import { decodeOnce } from './decode-path.ts'

/** What upstreams may take a path for, apart from what it is. */
export interface PathViews {
  /** Readings of the path that a rule has to match all of before it lets a request through. The path as it is comes first. */
  readonly every: readonly string[]
  /** The same and more, one of which is enough for a rule that keeps a request out. */
  readonly any: readonly string[]
  /** Whether a reading leads out of the place that the path is in, or there are too many to tell. */
  readonly crooked: boolean
}

/** Whatever could be read in more than one way: nearly every path has none of it. */
const AMBIGUOUS = /[^!$&'()*+,./\w@=~:-]|\/\/|[.:](?:\/|$)|:\$/
const RAW_BYTES = /[\x80-\xff]/g
/** Encodings within encodings; nobody decodes more often. */
const MOST_ROUNDS = 8
/** Paths that can be read in more ways are not meant to be understood. */
const MOST_VIEWS = 16
/** To read longer ones would take too long. */
const LONGEST = 4096

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what is looked for
/** Characters that some programs leave out: control characters, Unicode's that have no width, and what is no text. */
const INVISIBLE = /[\0-\x1f\x7f-\x9f\xad\u200b-\u200f\u2060-\u2064\ufeff\ufffd]/g
/** Where some programs take a path to end: C strings, and what a query or a fragment begins with. */
const END = /[\0?#]/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: they are what is looked for

/**
 * Reads a path, without its listen path, in the ways that upstreams do: decoded once or until nothing is
 * encoded any more, a backslash as a slash, with and without parameters of segments (`;a=b`), cut at NUL, `?` and `#`, with
 * slashes merged; for rules that keep out also without what follows a `;`, without dots, spaces and streams (`::$DATA`) at the ends of segments, and
 * without a slash at the end. Letters are left as they are.
 *
 * @param raw as it was sent
 * @param normal as it is normalised
 */
export function viewsOf(raw: string, normal: string): PathViews {
  if (!AMBIGUOUS.test(raw)) return plain(normal)
  if (raw.length > LONGEST) return { every: [normal], any: [normal], crooked: true }
  return raw.startsWith('/') ? read(raw, normal) : withoutSlash(read(`/${raw}`, `/${normal}`))
}

function plain(normal: string): PathViews {
  const any = normal.length > 1 && normal.endsWith('/') ? [normal, normal.slice(0, -1)] : [normal]
  return { every: [normal], any, crooked: false }
}

/** A listen path may end within a segment. */
function withoutSlash({ every, any, crooked }: PathViews): PathViews {
  return { every: every.map((view) => view.slice(1)), any: any.map((view) => view.slice(1)), crooked }
}

function read(raw: string, normal: string): PathViews {
  const every = new Set([normal])
  let crooked = false
  for (const reading of decoded(raw.replace(RAW_BYTES, (byte) => `%${byte.charCodeAt(0).toString(16)}`))) {
    const resolved = reading === null ? null : resolve(reading)
    if (resolved === null) crooked = true
    else every.add(resolved)
  }
  const any = new Set(every)
  for (const view of every) any.add(trimmed(view)).add(trimmed(upToParameters(view)))
  crooked ||= every.size > MOST_VIEWS
  return { every: [...every], any: [...any], crooked }
}

/** Decoded once and altogether, with and without what some programs leave out at any stage; null for what never ends. */
function decoded(raw: string): Set<string | null> {
  const once = both(raw, withoutParameters).map(decodeOnce)
  const whole = once.flatMap((path) => both(path, withoutParameters)).map(decodeWhole)
  const readings = [...once, ...whole].flatMap((path) => (path === null ? [null] : branches(path)))
  return new Set(readings)
}

function decodeWhole(once: string): string | null {
  let path = once
  for (let round = 1; round < MOST_ROUNDS; round += 1) {
    const next = decodeOnce(path)
    if (next === path) return path
    path = next
  }
  return null
}

function branches(path: string): string[] {
  return both(path.replaceAll('\\', '/'), upToEnd)
    .map((each) => each.replace(INVISIBLE, ''))
    .flatMap((each) => both(each, withoutParameters))
    .flatMap((each) => both(each, merged))
}

/** A path as it is, and changed, if that makes a difference. */
function both(path: string, change: (path: string) => string): string[] {
  const changed = change(path)
  return changed === path ? [path] : [path, changed]
}

function upToEnd(path: string): string {
  const end = path.search(END)
  return end < 0 ? path : path.slice(0, end)
}

function withoutParameters(path: string): string {
  return path.includes(';') ? path.replace(/;[^/]*/g, '') : path
}

/** Some programs take parameters to be the rest of the path, not of the segment. */
function upToParameters(path: string): string {
  const start = path.indexOf(';')
  return start < 0 ? path : path.slice(0, start)
}

function merged(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
}

/** Without dot segments; null where they lead out. */
function resolve(path: string): string | null {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [i, segment] of segments.entries()) {
    const name = segment.trimEnd()
    if (name === '..') {
      if (kept.pop() === undefined) return null
    } else if (name !== '.') kept.push(segment)
    if (i === segments.length - 1 && (name === '..' || name === '.')) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** Without what Windows leaves out at the ends of names, and without a slash at the end. */
function trimmed(path: string): string {
  const segments = path.split('/').map((segment) => segment.replace(/::?\$.*$/, '').replace(/[. ]+$/, ''))
  const whole = merged(segments.join('/'))
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole
}
