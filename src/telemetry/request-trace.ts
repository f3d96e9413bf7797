import type { TracedStep } from '../request/chain/trace.ts'
import type { FinishedRequest } from './finished-request.ts'

/** A request that has ended, and the steps it took. */
export interface RequestTrace {
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  /** 499 where the client went away before it was answered. */
  readonly status: number
  /** From the first step to the last byte of the response, in milliseconds. */
  readonly ms: number
  readonly steps: readonly StepTrace[]
}

/** One step that a request took. */
export type StepTrace = TracedStep

/** What the trace of a request says, once the request has ended. */
export function traceRequest({ exchange, status, totalMs }: FinishedRequest): RequestTrace {
  const { incoming, path, query, trace } = exchange
  return { method: incoming.method ?? '', target: path + query, status, ms: totalMs, steps: trace?.steps ?? [] }
}
