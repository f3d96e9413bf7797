import type { Stamp } from '../plugin/stamp.ts'

/** Why an artifact could not be loaded. Stacks are as V8 writes them, in lines of the artifact's code. */
export type Rejection =
  | { readonly outcome: 'threw'; readonly thrown: string; readonly stack: string }
  | { readonly outcome: 'hung'; readonly stack: string }
  | { readonly outcome: 'exited'; readonly how: string }

/** What became of loading an artifact. */
export type Verdict = { readonly outcome: 'loaded'; readonly exports: Stamp['exports'] } | Rejection
