import type * as z from 'zod'
import type { Logger } from '../../log.ts'
import type { Step } from '../chain/step.ts'
import type { Passwords } from './basic-auth/passwords.ts'
import type { BytesCache } from './cache/bytes-cache.ts'
import type { Breakers } from './circuit-breaker/breakers.ts'
import type { KeySets } from './jwt/key-sets.ts'
import type { Counters, RateAlgorithm } from './limits/counters.ts'
import type { LimitHeaders } from './limits/limit-headers.ts'
import type { SessionKeeper } from './session/session-keeper.ts'
import type { Sessions } from './session/sessions.ts'
import type { StepSource } from './step-source.ts'
import type { OpenUpstream } from './url-rewrite/other-upstreams.ts'

/** The fields that a kind of step reads, by the object that they are in. */
export interface StepFields {
  readonly definition?: z.ZodRawShape
  readonly proxy?: z.ZodRawShape
  readonly version?: z.ZodRawShape
  /** Lists of a version without extended paths. */
  readonly paths?: z.ZodRawShape
  /** By the section's name: its entries. */
  readonly extendedPaths?: Readonly<Record<string, z.ZodObject | z.ZodString>>
}

/**
 * What the gateway has for the steps of every API: stores, settings of gateway.conf, what outlives a reload. A kind of
 * step that needs more adds it here, as an interface of its own; `gateway.ts` provides it.
 */
export interface GatewayTools {
  readonly passwords: Passwords
  /** The keys of JWTs behind URLs. */
  readonly keySets: KeySets
  readonly counters: Counters
  readonly breakers: Breakers
  readonly rateLimits: RateLimitSettings
  readonly cache: BytesCache
  /** How large the body of a response may be that is kept, in bytes. */
  readonly cacheMaxEntrySize: number
}

/** How rates are counted and told of; of gateway.conf. */
export interface RateLimitSettings {
  readonly algorithm: RateAlgorithm
  readonly headers: LimitHeaders
}

/** What the steps of one API are made with. */
export interface StepTools extends GatewayTools {
  readonly apiId: string
  readonly orgId: string
  /** The keys of the API's organisation. */
  readonly sessions: Sessions
  readonly log: Logger
  /** Stores the sessions that plugins want saved. */
  readonly keeper: Pick<SessionKeeper, 'keep'>
  /** Opens an upstream as the API's own is opened, but for where it is. Whoever does so closes it. */
  openUpstream(url: URL): OpenUpstream
  /** Has something done when the last snapshot that serves the API is gone. */
  onRelease(release: () => void | Promise<void>): void
}

/** Makes the steps that one version of an API has of a kind. */
export type OpenSteps = (tools: StepTools) => readonly Step[]

/** One kind of built-in step: a folder of `steps/` with `step.ts` (what it does) and `schema.ts` (the fields it reads). */
export interface StepKind {
  /** The folder's name. */
  readonly key: string
  /** Every field that it reads. None of them is reported as unsupported. */
  readonly fields: StepFields
  /** What a version of a definition wants of it; null where that is nothing, or where there are problems. */
  read(source: StepSource): OpenSteps | null | Promise<OpenSteps | null>
}
