import type { ErrorCode } from '../../errors.ts'
import type { ListenerLife } from '../chain/arrival.ts'
import type { ClientRequest } from '../message/client-message.ts'

/** A request that no API has served: it was refused for what it is, or leads to none. */
export interface Stranger {
  readonly incoming: ClientRequest
  readonly life: Readonly<ListenerLife>
  /** As the client sent it, without its query; '' where the target has none. */
  readonly path: string
  readonly status: number
  /** Of the error catalogue: why. */
  readonly code: ErrorCode
  /** When it came in, by `performance.now()`. */
  readonly startedAt: number
}
