import * as z from 'zod'
import { disabled, rulePath } from '../entry-fields.ts'

const seconds = z.number().min(0)
const statuses = z.array(z.int().min(100).max(599)).default([])

const cacheOptions = z.looseObject({
  /** Whether responses are kept. Default false. */
  enable_cache: z.boolean().default(false),
  /** How long a response is kept, in seconds; 0: as long as there is room. Default 0. */
  cache_timeout: seconds.default(0),
  /** Whether responses to GET, HEAD and OPTIONS are kept whatever their path. Default false. */
  cache_all_safe_requests: z.boolean().default(false),
  /** The statuses whose responses are kept; none means all. Default none. */
  cache_response_codes: statuses,
  /** Whether only responses are kept whose upstream asks for it, by the header `x-tyk-cache-action-set: 1`. Default false. */
  enable_upstream_cache_control: z.boolean().default(false),
  /** The header by which the upstream says how long, in seconds. Default `x-tyk-cache-action-set-ttl`. */
  cache_control_ttl_header: z.string().default(''),
  /** Request headers whose values tell responses apart. Default none. */
  cache_by_headers: z.array(z.string().min(1)).default([]),
})

export const definitionFields = {
  /** What is kept of the upstream's responses, and for how long. Default nothing. */
  cache_options: cacheOptions.prefault({}),
}

/** An entry of `cache`: a path rule, for GET, HEAD and OPTIONS. */
export const cachePath = rulePath

/** An entry of `advance_cache_config`. */
export const cacheRule = z.looseObject({
  disabled,
  path: rulePath,
  /** Compared exactly; `SAFE_METHODS`, or nothing, stands for GET, HEAD and OPTIONS. */
  method: z.string().default('SAFE_METHODS'),
  /** What of the request's body tells responses apart: what the regular expression finds there. Default nothing. */
  cache_key_regex: z.string().default(''),
  /** As in `cache_options`, in its place where there are any. */
  cache_response_codes: statuses,
  /** In seconds, in place of `cache_timeout`; 0: as `cache_timeout` says. Default 0. */
  timeout: seconds.default(0),
})

export type CacheOptions = z.infer<typeof cacheOptions>
