import { failure, type PosternError } from '../../errors.ts'
import { HostTable, hostName } from './host-table.ts'
import { climbsOut, normalisePath, rawLength } from './normal-path.ts'

/** What can be routed to. */
export interface Route {
  /** A host name or a pattern of host names, in the one way to write it; '' for any host. */
  readonly domain: string
  /** Where it listens, for instance `/my_api/`. */
  readonly listenPath: string
}

/** A route and where on the request's path it was found. */
export interface Match<R extends Route> {
  readonly route: R
  /** How much of the raw path the listen path takes up. */
  readonly listenLength: number
  /** The path that path rules go by. */
  readonly normalPath: string
}

/** Whether a listen path has to end where a segment of the request's path ends. */
export interface RouterOptions {
  readonly strict: boolean
}

interface Found<R> {
  readonly route: R
  readonly length: number
}

/** The listen paths of one host, longest first. */
class PathTable<R extends Route> {
  readonly #routes = new Map<string, R>()
  readonly #strict: boolean
  #lengths: number[] = []

  constructor(strict: boolean) {
    this.#strict = strict
  }

  /** Adds a route; returns the one that listens there already, if there is one. */
  add(route: R): R | undefined {
    const prefix = withoutTrailingSlash(route.listenPath)
    const taken = this.#routes.get(prefix)
    if (taken) return taken
    this.#routes.set(prefix, route)
    if (!this.#lengths.includes(prefix.length)) this.#lengths = [...this.#lengths, prefix.length].sort((a, b) => b - a)
    return undefined
  }

  find(path: string): Found<R> | undefined {
    for (const length of this.#lengths) {
      if (length > path.length) continue
      if (this.#strict && length < path.length && path.charCodeAt(length) !== 0x2f) continue
      const route = this.#routes.get(length === path.length ? path : path.slice(0, length))
      if (route) return { route, length }
    }
    return undefined
  }
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/** Host (its name, then patterns, then any), then longest listen path. Immutable once built; a reload builds a new one. */
export class Router<R extends Route> {
  readonly #options: RouterOptions
  readonly #anyHost: PathTable<R>
  readonly #hosts = new HostTable<PathTable<R>>()

  constructor(options: RouterOptions) {
    this.#options = options
    this.#anyHost = new PathTable(options.strict)
  }

  /** Adds a route while the router is being built; returns the one it collides with, if any. */
  add(route: R): R | undefined {
    if (route.domain === '') return this.#anyHost.add(route)
    return this.#hosts.open(route.domain, () => new PathTable(this.#options.strict)).add(route)
  }

  /**
   * The API for a request, `undefined` if there is none, or the error of a path that is routed one way as it stands and
   * another way once its dot segments are resolved.
   *
   * @param host the value of the Host header, with or without port
   * @param path the raw path, without query
   */
  match(host: string | undefined, path: string): Match<R> | PosternError | undefined {
    const { decoded, normal } = normalisePath(path)
    const found = this.#find(host, decoded)
    if (decoded === normal) {
      if (!found) return undefined
      return { route: found.route, listenLength: rawLength(path, decoded, found.length), normalPath: normal }
    }
    const resolved = this.#find(host, normal)
    if (!found && !resolved) return undefined
    if (!found || found.route !== resolved?.route || climbsOut(decoded.slice(found.length))) {
      return failure('path_leaves_api', { path, listenPath: (found ?? resolved)?.route.listenPath ?? '' })
    }
    return { route: found.route, listenLength: rawLength(path, decoded, found.length), normalPath: normal }
  }

  #find(host: string | undefined, path: string): Found<R> | undefined {
    if (host !== undefined && !this.#hosts.isEmpty) {
      const found = this.#hosts.find(hostName(host), (table) => table.find(path))
      if (found) return found
    }
    return this.#anyHost.find(path)
  }
}
