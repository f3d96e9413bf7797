import * as z from 'zod'
import { disabled, methodName, rulePath } from '../entry-fields.ts'

/** One value that a trigger looks at. */
export const matchFields = z.looseObject({
  /** A regular expression, searched anywhere in the value; '' matches every value. Default ''. */
  match_rx: z.string().default(''),
  /** Whether it has to be that it does not match. Default false. */
  reverse: z.boolean().default(false),
})

const matches = z.record(z.string(), matchFields).nullish()

/** What a trigger looks at, by the name of each value. */
export const triggerOptions = z.looseObject({
  /** Request headers. */
  header_matches: matches,
  /** Parameters of the query. */
  query_val_matches: matches,
  /** Segments of the path; the names are for what is captured. */
  path_part_matches: matches,
  /** Entries of the session's metadata. */
  session_meta_matches: matches,
  /** Context variables. */
  request_context_matches: matches,
  /** The body. */
  payload_matches: matchFields.nullish(),
})

export const triggerFields = z.looseObject({
  /** Whether one value is enough (`any`) or every one has to match (`all`). Default `all`. */
  on: z.enum(['any', 'all', '']).default('all'),
  options: triggerOptions.default({}),
  /** Where to, in place of the entry's own `rewrite_to`. */
  rewrite_to: z.string().min(1),
})

/** An entry of `url_rewrites`. */
export const rewriteEntry = z.looseObject({
  disabled,
  path: rulePath,
  method: methodName,
  /** A regular expression, searched anywhere in path and query; '' matches all of them. Default ''. */
  match_pattern: z.string().default(''),
  /** Where to, with `$1` for what the pattern's groups have found; '' where only triggers say so. Default ''. */
  rewrite_to: z.string().default(''),
  /** Looked at in their order; the first that applies says where to. Default none. */
  triggers: z.array(triggerFields).default([]),
})
