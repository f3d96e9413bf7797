/** What a key may do on one API. Entries of `Session.access_rights`, keyed by api_id. */
export interface AccessDefinition {
  api_name?: string
  api_id?: string
  /** Version names; empty means any. */
  versions?: string[]
  allowed_urls?: { url: string; methods: string[] }[]
  limit?: Record<string, unknown>
  [field: string]: unknown
}

/**
 * The session of a key: who calls, and what they may do. Field names and units are those of the classic key format;
 * times are Unix seconds, limits of 0 or -1 mean unlimited.
 */
export interface Session {
  org_id?: string
  alias?: string
  tags?: string[]
  /** Free data, for instance `tyk_developer_id`. */
  // biome-ignore lint/suspicious/noExplicitAny: free data of whoever issued the key.
  meta_data?: Record<string, any>
  /** `rate` requests per `per` seconds. */
  rate?: number
  per?: number
  throttle_interval?: number
  throttle_retry_limit?: number
  quota_max?: number
  quota_remaining?: number
  /** Unix seconds of the next renewal. */
  quota_renews?: number
  /** Length of the quota's window in seconds. */
  quota_renewal_rate?: number
  /** Unix seconds; 0 or negative means never. */
  expires?: number
  is_inactive?: boolean
  /** Keyed by api_id; empty or missing means any API. */
  access_rights?: Record<string, AccessDefinition>
  apply_policies?: string[]
  /** Seconds that a stored key lives. */
  session_lifetime?: number
  [field: string]: unknown
}
