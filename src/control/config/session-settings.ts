import type { RateLimitSettings } from '../../request/steps/step-kind.ts'
import type { KeySettings } from '../../session/keys/key-forms.ts'
import type { SessionCacheOptions } from '../../session/session-cache.ts'
import type { Config } from './schema.ts'

/** How keys look and how they are stored. */
export function keySettings(config: Config): KeySettings {
  return {
    hashed: config.hash_keys,
    hashFunction: config.hash_key_function,
    fallback: config.hash_key_function_fallback,
    secret: config.hash_key_secret,
    minLength: config.min_token_length,
  }
}

/** How long sessions are kept in memory, and how many. */
export function cacheSettings({ local_session_cache: cache }: Config): SessionCacheOptions {
  return {
    timeoutMs: cache.disable_cached_session_state ? 0 : cache.cached_session_timeout * 1000,
    most: cache.max_cached_sessions,
  }
}

/** How rates are counted, and told of. */
export function rateLimitSettings(config: Config): RateLimitSettings {
  return {
    algorithm: config.enable_fixed_window_rate_limiter ? 'fixed-window' : config.rate_limit_algorithm,
    headers: { about: config.rate_limit_response_headers, ietf: config.enable_ietf_rate_limit_headers },
  }
}
