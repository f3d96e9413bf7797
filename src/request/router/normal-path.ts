const UNRESERVED = /%(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|3[0-9]|2[de]|5f|7e)/gi
const TO_BE_NORMALISED = /%|\/\./

/** What the gateway needs to know of a request's path to route it. */
export interface NormalPath {
  /** Percent-encoded unreserved characters decoded, dot segments left as they are. */
  readonly decoded: string
  /** Dot segments resolved as well: what routing and path rules go by. */
  readonly normal: string
}

/** Normalises a path (RFC 3986 §6.2.2.2 and §6.2.2.3). Slashes are not merged, reserved characters not decoded. */
export function normalisePath(path: string): NormalPath {
  if (!TO_BE_NORMALISED.test(path)) return { decoded: path, normal: path }
  const decoded = path.replace(UNRESERVED, (octet) => String.fromCharCode(Number.parseInt(octet.slice(1), 16)))
  return { decoded, normal: withoutDotSegments(decoded) }
}

function withoutDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (last && (segment === '.' || segment === '..')) kept.push('')
  })
  return `/${kept.join('/')}`
}

/** Whether dot segments take a path above where it starts, at any point. */
export function climbsOut(rest: string): boolean {
  let depth = 0
  for (const segment of rest.split('/')) {
    if (segment === '..') depth -= 1
    else if (segment !== '' && segment !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

/** How many characters of the raw path stand for the first `length` ones of the decoded one. */
export function rawLength(raw: string, decoded: string, length: number): number {
  if (raw === decoded) return length
  let at = 0
  for (let i = 0; i < length; i += 1) at += raw[at] === decoded[i] ? 1 : 3
  return at
}
