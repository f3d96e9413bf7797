import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import type { Networks } from '../address/networks.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { Exchange } from './exchange.ts'

/** What the configuration says of records, whatever the API. */
export interface RecordingSettings {
  /** Whether there are records at all. */
  readonly enabled: boolean
  /** Whether requests and responses are recorded whole. */
  readonly detailed: boolean
  /** How much of a body is recorded at most, in bytes. */
  readonly maxBody: number
  /** Clients whose requests are not recorded. */
  readonly ignored: Networks
}

/** Where an API's clients put what nobody else may see. Names are in lower case. */
export interface SecretPlaces {
  readonly headers: ReadonlySet<string>
  /** As they are written. */
  readonly params: ReadonlySet<string>
}

/** What is recorded of the requests that a version of an API serves. Immutable. */
export interface Recording {
  /** Whether anything is. */
  readonly tracked: boolean
  /** Whether requests tell which version they want. */
  readonly versioned: boolean
  readonly tags: readonly string[]
  /** The tags that name the API and its organisation. */
  readonly ownTags: readonly string[]
  /** Headers of requests that become tags; names in lower case. */
  readonly tagHeaders: readonly string[]
  /** How long records are kept, in seconds; 0 says nothing about that. */
  readonly expireAfter: number
  /** The paths that are not recorded; null where there are none. */
  readonly untracked: RuleSet<true> | null
  /** What the paths of these rules are recorded as; null where there are none. */
  readonly endpoints: RuleSet<string> | null
  /** Whose requests are recorded whole. */
  readonly detail: 'all' | 'by-session' | 'none'
  /** How much of a body is recorded at most, in bytes. */
  readonly maxBody: number
  readonly secrets: SecretPlaces
  /** The plugins that see its records; null where there are none. */
  readonly plugins: RecordPlugins | null
}

/** The analytics plugins of an API. */
export interface RecordPlugins {
  /** Notes a record that will come: what the plugins hold is not given back before it has. Each ends with {@link change}, or {@link forget}. */
  await(): void
  /** There will be no such record. */
  forget(): void
  /** What the plugins make of a record; null where one has dropped it. Never rejects. */
  change(record: AnalyticsRecord): AnalyticsRecord | null | Promise<AnalyticsRecord | null>
}

/** Whether request and response are recorded whole, as far as is known by now. */
export function wantsDetail({ recording, session }: Exchange): boolean {
  const { detail } = recording
  return detail === 'all' || (detail === 'by-session' && session?.enable_detailed_recording === true)
}
