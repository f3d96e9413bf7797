import type { CrashRecord } from '../plugin/crash-record.ts'

/** One of the processes that serve. */
export interface Member {
  /** Its number, from 1; one that takes the place of another has its number. */
  readonly worker: number
  readonly pid: number
}

/** What one process says to another, by way of the supervisor, which does not look into it. JSON. */
export type Relayed = unknown

/** What a process says to its supervisor, over the channel between them. */
export type ChildMessage =
  /** It has read its configuration and waits for what is left to it. */
  | Hello
  /** It serves. The socket that it listens on comes with the message, unless it was left to it; `path`: where the store is. */
  | { readonly type: 'ready'; readonly path?: string }
  /** To one of the others, by its number, or to all of them (0). */
  | { readonly type: 'relay'; readonly to: number; readonly content: Relayed }

export interface Hello {
  readonly type: 'hello'
  /** How the supervisor is to write its own lines; null if it is not to. */
  readonly logFormat: 'json' | 'pretty' | null
  readonly quarantineMs: number
  /** How many processes are to serve. */
  readonly workers: number
  /** Where the process that has their store may listen, in order; empty if none is wanted. */
  readonly storePaths: readonly string[]
}

/** The answer to `hello`; a socket that listens comes with it, if there is one. */
export interface LegacyMessage {
  readonly type: 'legacy'
  readonly crashes: readonly CrashRecord[]
  /** Its number, from 1. */
  readonly worker: number
  /** How many processes serve as this gateway. */
  readonly workers: number
  /** Where the process that has the store listens; or, to that one, where it may listen, in order. Empty if there is none. */
  readonly storePaths: readonly string[]
}

/** What a supervisor says to its processes. */
export type SupervisorMessage =
  | LegacyMessage
  /** Who has said hello and has not ended. */
  | { readonly type: 'members'; readonly members: readonly Member[] }
  | { readonly type: 'relay'; readonly from: number; readonly content: Relayed }
  /** A process had to be ended; the plugin to blame is to be kept away. */
  | { readonly type: 'crash'; readonly crash: CrashRecord }
  /** To the process that has the store: nobody needs it any more. */
  | { readonly type: 'close' }
