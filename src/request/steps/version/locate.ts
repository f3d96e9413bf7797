import { failure, type PosternError } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { climbsOut, normalisePath, rawLength } from '../../router/normal-path.ts'
import { viewsOf } from '../../rules/path-views.ts'
import type { Pattern } from '../../rules/pattern.ts'
import { parameterValues, withoutParameter } from './parameter.ts'

/** Finds the name of the version that a request wants. */
export interface VersionLocator {
  /**
   * The name; '' if the request has none, an error if it has several. Where that is asked for, the name goes no further than
   * here.
   */
  locate(exchange: Exchange): string | PosternError
}

/** In a header. */
export class VersionInHeader implements VersionLocator {
  readonly #name: string
  readonly #strip: boolean

  constructor(name: string, strip: boolean) {
    this.#name = name
    this.#strip = strip
  }

  locate(exchange: Exchange): string | PosternError {
    const value = exchange.requestHeaders.get(this.#name)
    if (value === null) return ''
    if (this.#strip) exchange.openDraft().request.headers.delete(this.#name)
    return onlyOne(value.split(',').map((each) => each.trim()))
  }
}

/** In a parameter of the query. */
export class VersionInQuery implements VersionLocator {
  readonly #name: string
  readonly #strip: boolean

  constructor(name: string, strip: boolean) {
    this.#name = name
    this.#strip = strip
  }

  locate(exchange: Exchange): string | PosternError {
    const values = parameterValues(exchange.query, this.#name)
    if (values.length > 0 && this.#strip) exchange.query = withoutParameter(exchange.query, this.#name)
    return onlyOne(values)
  }
}

/** The gateway and the upstream may not go by different ones. */
function onlyOne(values: readonly string[]): string | PosternError {
  const names = new Set(values)
  return names.size > 1 ? failure('version_unknown', { version: [...names].join(', ') }) : (values[0] ?? '')
}

/** In the first segment behind the listen path. */
export class VersionInPath implements VersionLocator {
  readonly #isKnown: (name: string) => boolean
  readonly #pattern: Pattern | null
  readonly #strip: boolean

  /** @param pattern what names of versions look like; without it every first segment is taken for one */
  constructor(isKnown: (name: string) => boolean, pattern: Pattern | null, strip: boolean) {
    this.#isKnown = isKnown
    this.#pattern = pattern
    this.#strip = strip
  }

  locate(exchange: Exchange): string | PosternError {
    const { strippedPath, listenLength, path } = exchange
    const raw = path.slice(listenLength)
    const segment = firstSegment(strippedPath)
    const name = nameIn(segment)
    if (this.#isAmbiguous(name, raw, strippedPath)) return failure('path_leaves_version', { path })
    if (!this.#isVersion(name)) return this.#pattern ? '' : name
    const { decoded } = normalisePath(raw)
    if (decoded !== strippedPath && (firstSegment(decoded) !== segment || climbsOut(decoded.slice(segment.length)))) {
      return failure('path_leaves_version', { path })
    }
    exchange.versionSegment = segment
    exchange.versionLength = rawLength(raw, decoded, segment.length)
    exchange.stripVersion = this.#strip
    return name
  }

  /** Whether an upstream may find another version in the path. */
  #isAmbiguous(name: string, raw: string, normal: string): boolean {
    const isVersion = this.#isVersion(name)
    const { any, crooked } = viewsOf(raw, normal)
    const names = any.map((view) => nameIn(firstSegment(view)))
    return crooked || names.some((other) => other !== name && (isVersion || this.#isVersion(other)))
  }

  #isVersion(name: string): boolean {
    return this.#isKnown(name) || (this.#pattern?.test(name) ?? false)
  }
}

/** With the slashes in front of it: upstreams may take several for one. */
function firstSegment(path: string): string {
  return (/^\/*[^/]*/.exec(path) as RegExpExecArray)[0]
}

/** Without slashes and parameters. */
function nameIn(segment: string): string {
  const name = segment.replace(/^\/+/, '')
  const end = name.indexOf(';')
  return end < 0 ? name : name.slice(0, end)
}
