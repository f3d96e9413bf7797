/** Limits of a key or of a policy; of 0 or less means none. */
export interface SessionLimits {
  /** `rate` requests per `per` seconds. */
  rate?: number
  /** Seconds. */
  per?: number
  /** How long a request that is over the rate waits before it tries again, in seconds. */
  throttle_interval?: number
  /** How often it tries again before it is refused. */
  throttle_retry_limit?: number
  /** How many requests there are until the quota is renewed. */
  quota_max?: number
  /** How many of them are left. */
  quota_remaining?: number
  /** When the quota is renewed, in Unix seconds. */
  quota_renews?: number
  /** How long a quota lasts, from its first request, in seconds; 0 or less: for ever. */
  quota_renewal_rate?: number
  /** How deep a GraphQL query may be. */
  max_query_depth?: number
}

/** A rate of one endpoint, in place of those of its API and of the key. */
export interface EndpointLimits {
  /** A path rule, as in definitions. */
  path: string
  methods: { name: string; limit: SessionLimits }[]
}

/** What a key may do on one API. Entries of `Session.access_rights`, keyed by api_id. */
export interface AccessDefinition {
  api_name?: string
  api_id?: string
  /** Names of versions; empty or missing means any. */
  versions?: string[]
  /** Paths, as regular expressions, and the methods that are allowed there; empty or missing means all. */
  allowed_urls?: { url: string; methods: string[] }[]
  /** In place of the session's own limits, where any is set. */
  limit?: SessionLimits
  endpoints?: EndpointLimits[]
  /** What `limit` is counted under; entries with the same scope count together. Default: the api_id. */
  allowance_scope?: string
  [field: string]: unknown
}

/** How a password is kept: `''` means that it is plain, which the admin API stores nowhere. */
export type PasswordHashType = '' | 'bcrypt' | 'sha256' | 'murmur32' | 'murmur64' | 'murmur128'

/**
 * The session of a key: who calls, and what they may do. Field names and units are those of the classic key format;
 * times are Unix seconds, limits of 0 or -1 mean unlimited.
 */
export interface Session extends SessionLimits {
  org_id?: string
  /** A name for the key, for analytics. */
  alias?: string
  /** For analytics. */
  tags?: string[]
  /** Free data, for instance `tyk_developer_id`. */
  // biome-ignore lint/suspicious/noExplicitAny: free data of whoever issued the key.
  meta_data?: Record<string, any>
  /** When the key expires, in Unix seconds; 0 or negative means never. */
  expires?: number
  /** What becomes of the key once it has expired: it stays and is refused (`retain`, the default), or is deleted. */
  post_expiry_action?: '' | 'retain' | 'delete'
  /** How long after its expiry a key is deleted, in seconds. Default 0. */
  post_expiry_grace_period?: number
  is_inactive?: boolean
  /** Keyed by api_id; empty or missing means any API. */
  access_rights?: Record<string, AccessDefinition>
  /** Ids of the policies that apply, over what the session itself says. */
  apply_policies?: string[]
  /** Another way to write a list of one policy. */
  apply_policy_id?: string
  /** Seconds that a stored key lives, from when it was last written. */
  session_lifetime?: number
  /** ISO 8601. */
  date_created?: string
  /** Unix seconds, as text. */
  last_updated?: string
  basic_auth_data?: { password?: string; hash_type?: PasswordHashType }
  jwt_data?: { secret?: string }
  hmac_enabled?: boolean
  hmac_string?: string
  enable_http_signature_validation?: boolean
  rsa_certificate_id?: string
  certificate?: string
  mtls_static_certificate_bindings?: string[]
  oauth_client_id?: string
  oauth_keys?: Record<string, string>
  /** Percentages of the quota that are told of. */
  monitor?: { trigger_limits?: number[] | null }
  /** Whether requests and responses are recorded whole. */
  enable_detailed_recording?: boolean
  /** How long analytics records are kept, in seconds. */
  data_expires?: number
  [field: string]: unknown
}
