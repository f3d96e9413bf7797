import type { Stamp } from '../plugin/stamp.ts'

/** What became of loading an artifact. Stacks are as V8 writes them, in lines of the artifact's code. */
export type Verdict =
  | { readonly outcome: 'loaded'; readonly exports: Stamp['exports'] }
  | { readonly outcome: 'threw'; readonly thrown: string; readonly stack: string }
  | { readonly outcome: 'hung'; readonly stack: string }
  | { readonly outcome: 'exited'; readonly how: string }
