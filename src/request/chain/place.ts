/** A path and a query as the upstream gets them, behind those of its target. */
export interface Rewritten {
  /** Begins with a slash. */
  readonly path: string
  /** With its `?`; '' if there is none. */
  readonly query: string
}

/** A request's way on to another API, or to its own once more. */
export interface Loop {
  /** Id or name of the API; `self` for its own. */
  readonly to: string
  /** Begins with a slash. */
  readonly path: string
  /** With its `?`; '' if there is none, null for the request's own. */
  readonly query: string | null
  /** In place of the request's; null keeps that. */
  readonly method: string | null
  /** Whether rates and quotas are counted there. */
  readonly checkLimits: boolean
  /** How many loops there may be; null says nothing about that. */
  readonly limit: number | null
}

/** Where a request has come to in an API. */
export interface Place extends Rewritten {
  readonly normalPath: string
  /** How much of the raw path the listen path takes up; 0 where it is not there. */
  readonly listenLength: number
}
