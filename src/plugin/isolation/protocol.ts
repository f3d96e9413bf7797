/**
 * What the gateway and a worker say to each other. A call of a plugin hands the request's state over to the worker, and
 * gets back what the plugin has changed; `next()` does both the other way round. Bodies stay where they are until
 * somebody reads them.
 */
import type { PreparedChange } from '../../request/message/prepared-headers.ts'
import type { Artifact } from '../artifact.ts'
import type { ApiDefinition, Session } from '../contract/index.ts'
import type { Thrown } from './thrown.ts'

/** Header lines: names and values in turn, as they are on the wire. */
export type Lines = readonly string[]

export interface RequestState {
  readonly method: string
  readonly url: string
  readonly headers: Lines
  readonly hasBody: boolean
  /** It is the same request as when the worker last had it, perhaps with other headers. */
  readonly same: boolean
}

export interface ResponseState {
  readonly status: number
  readonly statusText: string
  readonly headers: Lines
  readonly hasBody: boolean
  readonly same: boolean
}

/** A variable (`c.set`); the value is missing where it is one that cannot be copied. */
export type Variable = readonly [name: string, value: unknown, isCopied: boolean]

/** Everything a plugin sees of a request that may have changed since it last had it. */
export interface State {
  readonly request: RequestState
  readonly response: ResponseState | null
  /** The headers of the upstream's response as it came. */
  readonly upstreamHeaders: Lines | null
  readonly prepared: readonly PreparedChange[]
  readonly variables: readonly Variable[]
  readonly session: Session | undefined
  readonly token: string
  /** What a later step failed with (`c.error`). */
  readonly error: Thrown | null
}

/** A body that a plugin gave: none, the one there was, bytes, or a stream that stays in the worker under a number. */
export type NewBody = null | 'same' | Uint8Array | { readonly stream: number }

export interface NewRequest {
  readonly method: string
  readonly url: string
  readonly headers: Lines
  readonly body: NewBody
}

export interface NewResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: Lines
  readonly body: NewBody
}

/** What a plugin has changed since it last got a state; null where it has not. */
export interface Changes {
  readonly request: NewRequest | { readonly headers: Lines } | null
  readonly response: NewResponse | { readonly headers: Lines } | null
  readonly prepared: readonly PreparedChange[] | null
  readonly variables: readonly Variable[]
  readonly session: { readonly session: Session; readonly token: string; readonly save: boolean } | null
}

/** How a call ended. */
export interface Outcome {
  readonly changes: Changes
  readonly failure:
    | null
    /** It threw. */
    | { readonly thrown: Thrown }
    /** It threw an exception that carries a response. */
    | { readonly thrown: Thrown; readonly status: number; readonly answer: NewResponse }
    /** It returned what is no response. */
    | { readonly returned: string }
}

/** One use of an export, as a definition names it. */
export interface UseSetup {
  readonly id: number
  readonly export: string
  /** As the definition has it; the worker's schema, if there is one, makes of it what the plugin sees. */
  readonly config: unknown
  readonly definition: ApiDefinition
}

export interface CallSetup {
  /** Counts the calls of a worker. */
  readonly id: number
  readonly use: number
  /** Sent with the first call of a use in this worker. */
  readonly setup: UseSetup | null
  readonly requestId: string
  readonly apiId: string
  /** Where the client's connection comes from (`c.env.incoming.socket`). */
  readonly remote: {
    readonly address: string | undefined
    readonly port: number | undefined
    readonly family: string | undefined
  }
  readonly state: State
}

/** What a worker has got round to, for who watches it: how many messages ({@link TURNS}), and which {@link PING}. */
export type WorkerProgress = Int32Array<SharedArrayBuffer>
export const TURNS = 0
export const PING = 1

/** What a worker is told when it starts (`workerData`). */
export interface WorkerSetup {
  /** Without its source map: stacks are mapped by the gateway. */
  readonly artifact: Artifact
  readonly logLevel: string
  readonly maxPluginBody: number
  /** Files and folders that it may read until it has loaded itself. */
  readonly readsToDrop: readonly string[]
  readonly progress: WorkerProgress
}

export interface ExportDescription {
  readonly name: string
  /** Whether its `config` has a schema. */
  readonly hasSchema: boolean
}

/** One issue of a Standard Schema. */
export interface ConfigIssue {
  readonly message: string
  readonly path: readonly (string | number)[]
}

/** What the gateway asks of a worker. */
export interface WorkerMethods {
  /** Runs the artifact's module level code; the first thing it is asked. */
  load(): readonly ExportDescription[]
  /** Notes the number under {@link PING}. */
  ping(number: number): void
  /** Runs the schema of an export over a configuration. */
  validate(name: string, config: unknown): Promise<readonly ConfigIssue[]>
  /** The gateway's log has another level from now on. */
  logLevel(level: string): void
  call(call: CallSetup): Promise<Outcome>
  /** No more calls of this use will come. */
  forgetUse(use: number): void
  /** The request's signal has aborted. */
  abort(call: number, reason: Thrown): void
  /** The next chunk of a stream that a plugin gave; null at its end. */
  pull(stream: number): Promise<Uint8Array | null>
  cancel(stream: number): void
  dispose(): Promise<void>
}

/** What a worker asks of the gateway. */
export interface GatewayMethods {
  next(call: number, changes: Changes): Promise<State>
  /** The request's body, which is kept: it can be read again, and still goes upstream. */
  readRequest(call: number): Promise<Uint8Array>
  /** The response's body as it came, likewise. */
  readResponse(call: number): Promise<Uint8Array>
  /** The next chunk of the response's body; null at its end. What is read like this, goes to the client no more. */
  pullResponse(call: number): Promise<Uint8Array | null>
  cancelResponse(call: number): void
  /** Wants to be told when the request's signal aborts. */
  followSignal(call: number): void
  kv(method: 'get' | 'set' | 'delete' | 'increment', args: readonly unknown[]): Promise<unknown>
  /** One line of the plugin's log, as JSON. */
  log(line: string): void
  /** Something failed where nobody catches. */
  failedLate(thrown: Thrown): void
}
