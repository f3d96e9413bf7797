import type { Duplex } from 'node:stream'
import type { TrustedProxies } from '../address/client-address.ts'
import type { Limits } from '../listener/limits.ts'
import type { ClientRequest, ClientResponse } from '../message/client-message.ts'
import type { RequestIds } from '../message/request-ids.ts'
import type { Api } from './api.ts'

/** A client's connection that asks to be more than plain HTTP. */
export interface Upgrade {
  readonly socket: Duplex
  /** What the client sent after the head. */
  readonly head: Buffer
}

/** What a request knows of the listener it came in through. */
export interface ListenerLife {
  /** It takes no more connections, and those it has end with the response they wait for. */
  closing: boolean
  readonly limits: Limits
  readonly proxies: TrustedProxies
  readonly requestIds: RequestIds
  /** Whether responses tell how long they took. */
  readonly serverTiming: boolean
}

/** Where a request came in, and what is known of it before any step runs. */
export interface Arrival {
  readonly api: Api
  readonly incoming: ClientRequest
  readonly outgoing: ClientResponse
  /** The raw path. */
  readonly path: string
  /** The raw query with its `?`; '' if there is none. */
  readonly query: string
  /** The path that path rules go by. */
  readonly normalPath: string
  /** How much of the raw path the listen path takes up. */
  readonly listenLength: number
  readonly scheme: 'http' | 'https'
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean
  readonly upgrade: Upgrade | null
  readonly life: Readonly<ListenerLife>
  readonly directory: ApiDirectory
}

/** The APIs of the world that a request runs in, those that no path leads to included. */
export interface ApiDirectory {
  /** The API of that id, or else of that name. */
  find(idOrName: string): Api | undefined
}
