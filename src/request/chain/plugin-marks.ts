import type { ErrorCode } from '../../errors.ts'
import type { Session } from '../../plugin/contract/session.ts'
import type { Phase } from './phases.ts'

/** A session that a plugin has set. */
export interface PluginSession {
  /** As the plugin gave it, before its policies. */
  readonly given: Session
  /** The one that it took the place of, of the same key. */
  readonly origin: Session | undefined
  /** Whether it is to be stored under the key. */
  save: boolean
  /** Whether its policies have been applied. */
  applied: boolean
}

/** A session that is to be stored, although it is not the request's any more. */
export interface LeftSession {
  readonly session: Session
  readonly key: string
}

/** A plugin in one of its hooks. */
export interface PluginPlace {
  readonly name: string
  readonly phase: Phase
}

/** A plugin that did not do its work for a request. */
export interface PluginFailure {
  readonly plugin: PluginPlace
  /** Of the error catalogue: why. */
  readonly code: ErrorCode
  /** Whether the request went on without it; else the failure was its answer. */
  readonly skipped: boolean
}
