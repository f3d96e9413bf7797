import { failure } from '../../errors.ts'
import { isJsonObject } from '../../json/json-path.ts'

/** Where in an answer of a service registry the targets are. Paths have dots between names; what is in a list is looked for in each entry. */
export interface DiscoveryPaths {
  /** The part that has the data, as an object, a list, or JSON in a text; null: all of the answer. */
  readonly parent: string | null
  /** The host, with or without a scheme and a port; or several. */
  readonly host: string
  /** The port, where the host has none; null: there is none. */
  readonly port: string | null
  /** Goes behind host and port. */
  readonly targetPath: string
}

/**
 * The targets that an answer names, in its order.
 *
 * @throws `discovery_answer_invalid`
 */
export function targetsIn(text: string, { parent, host, port, targetPath }: DiscoveryPaths): URL[] {
  const answer = parse(text, 'the answer')
  const parts = parent === null ? [answer].flat() : valuesAt(answer, parent).map((part) => nested(part, parent))
  const found = parts.flat().flatMap((part) => {
    const ports = port === null ? [] : valuesAt(part, port)
    return valuesAt(part, host).map((name, i) => urlOf(name, ports[i] ?? ports[0], targetPath))
  })
  if (found.length === 0) throw failure('discovery_answer_invalid', { reason: `there is nothing at "${host}"` })
  return found
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw failure('discovery_answer_invalid', { reason: `${what} is no JSON` }, cause)
  }
}

function nested(part: unknown, parent: string): unknown {
  return typeof part === 'string' ? parse(part, `the text at "${parent}"`) : part
}

/** Everything that a path leads to; lists are opened. */
function valuesAt(root: unknown, path: string): unknown[] {
  let values: unknown[] = [root].flat()
  for (const name of path.split('.')) {
    values = values.flatMap((value) => {
      const next = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
      return next === undefined || next === null ? [] : next
    })
  }
  return values
}

function urlOf(host: unknown, port: unknown, targetPath: string): URL {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(String(host)) ? '' : 'http://'
  const url = URL.parse(`${scheme}${host}`)
  if (typeof host !== 'string' || url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw failure('discovery_answer_invalid', { reason: `${JSON.stringify(host)} is no host` })
  }
  if (port !== undefined) url.port = portOf(port)
  return new URL(url.href.replace(/\/$/, '') + targetPath)
}

function portOf(port: unknown): string {
  const number = Number(port)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return String(number)
  throw failure('discovery_answer_invalid', { reason: `${JSON.stringify(port)} is no port` })
}
