import { type PathViews, viewsOf } from './path-views.ts'

/** Where a request is, as path rules see it. */
export interface RulePlace {
  /** The listen path as it stands in the normal path, without a slash at its end. */
  readonly listenPath: string
  /** The segment behind it that names a version, with its slash; '' where there is none. */
  readonly versionSegment: string
  /** What is behind the two, as it was sent and normalised. */
  readonly raw: string
  readonly normal: string
}

/**
 * A path in the forms that rules are tried against: without listen path and version, with the version, with both. The last
 * one has the others in it.
 */
export type Forms = readonly string[]

/** The paths that path rules are tried against. */
export class RulePaths {
  readonly #place: RulePlace
  #asSent: Forms | null = null
  #views: PathViews | null = null
  #every: readonly Forms[] | null = null
  #any: readonly Forms[] | null = null

  constructor(place: RulePlace) {
    this.#place = place
  }

  /** The path as it was sent, normalised. */
  get asSent(): Forms {
    this.#asSent ??= this.#formsOf(this.#place.normal)
    return this.#asSent
  }

  /** What upstreams may take it for; a rule that lets in has to match all of them. */
  get every(): readonly Forms[] {
    this.#every ??= this.#open().every.map((view) => this.#formsOf(view))
    return this.#every
  }

  /** The same and more; for a rule that keeps out one of them is enough. */
  get any(): readonly Forms[] {
    this.#any ??= this.#open().any.map((view) => this.#formsOf(view))
    return this.#any
  }

  /** Whether it may lead out of its API or its version, or cannot be told: no rule should let it in. */
  get crooked(): boolean {
    return this.#open().crooked
  }

  #open(): PathViews {
    this.#views ??= viewsOf(this.#place.raw, this.#place.normal)
    return this.#views
  }

  #formsOf(view: string): Forms {
    const { listenPath, versionSegment } = this.#place
    const stripped = view || '/'
    if (versionSegment === '') return [stripped, listenPath + view]
    return [stripped, versionSegment + view, listenPath + versionSegment + view]
  }
}
