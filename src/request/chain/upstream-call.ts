import type { Target } from '../upstream/target.ts'

/** A call to the upstream that is under way. */
export interface UpstreamCall {
  readonly target: Target
  /** The status of its final response; 0 before. */
  readonly status: number
  /** When it was sent, and when its final response began; 0 before. */
  readonly startedAt: number
  readonly respondedAt: number
  abort(reason: Error): void
}

/** Is told once how a call to the upstream has ended. */
export interface CallOutcome {
  succeeded(): void
  /** There was no response, or one of 500 or above. */
  failed(): void
  /** It ended in a way that says nothing about the upstream. */
  abandoned(): void
}
