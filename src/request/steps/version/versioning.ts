import type { VersionLocator } from './locate.ts'

/** A version that is another API. */
export interface OtherApi {
  readonly apiId: string
}

/** How requests tell which version they want. `V` stands for a version of the API itself. */
export interface Versioning<V> {
  readonly locator: VersionLocator
  /** By the name that requests have for them. */
  readonly versions: ReadonlyMap<string, V | OtherApi>
  /** The version of requests that name none; null: they are refused. */
  readonly defaultVersion: V | OtherApi | null
  /** Whether requests for a version that there is not get the default one. */
  readonly fallBack: boolean
  /** The API's own version, where the others are other APIs. */
  readonly own: V | null
}
