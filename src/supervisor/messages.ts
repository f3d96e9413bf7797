import type { CrashRecord } from '../plugin/crash-record.ts'

/** What a worker process says to its supervisor, over the channel between them. */
export type WorkerMessage =
  /** It has read its configuration and waits for what is left to it. */
  | {
      readonly type: 'hello'
      /** How the supervisor is to write its own lines; null if it is not to. */
      readonly logFormat: 'json' | 'pretty' | null
      readonly quarantineMs: number
    }
  /** It serves. The socket that it listens on comes with the message, unless it was left to it. */
  | { readonly type: 'ready' }

/** The answer to `hello`; a socket that listens comes with it, if there is one. */
export interface LegacyMessage {
  readonly crashes: readonly CrashRecord[]
}
