import { differs, error, type Section, same } from '../row.ts'

export const cache: Section = {
  number: '2.6',
  title: 'The cache',
  rows: [
    same(
      'GET, HEAD and OPTIONS with `cache_all_safe_requests`',
      'cache: the second from the cache',
      'cache: a method that is not safe is not kept',
    ),
    same('else what `cache` and `advance_cache_config` list', 'cache: a path that is', 'cache: a path that is not listed'),
    same(
      'method, URL and the headers of `cache_by_headers` tell responses apart',
      'cache: another query is another response',
      'cache: so is another method',
      'cache: by each of its values',
    ),
    same('so does the key of who asks', 'cache: each key has responses of its own', 'cache: another key'),
    differs('keyless caches', 'on an API without keys the address', 'cache: the second from the cache'),
    same('and what `cache_key_regex` finds in the body', 'cache: by what is found in it', 'cache: and not by anything else'),
    same('a hit has `x-tyk-cached-response: 1`', 'cache: the second from the cache'),
    same('a client that has it gets 304', 'cache: a client that has it is told so'),
    same('hits are marked in records', 'test/cache/analytics.test.ts: a response from the cache is marked in its record'),
    same(
      'with `enable_upstream_cache_control` the upstream says what is kept, whatever its status, and for how long',
      'cache: an upstream that does not ask for it',
      'cache: one that does',
      'cache: is heeded',
    ),
    same('every status is kept where none is named', 'cache: every status is kept where none is named', 'cache: as this one is'),
    same(
      'statuses of a rule take the place of those of the API',
      'cache: a status that is not named',
      'cache: a rule with statuses of its own',
      'cache: keeps those',
    ),
    differs(
      'shared caches',
      'responses that are not to be shared',
      'cache: what is private: comes from the upstream again',
      'cache: is for nobody else',
      'cache: and not for others',
    ),
    same(
      'a hit counts against limits; response plugins do not run again',
      'cache: a hit counts against limits, and shows them; response plugins do not run again',
    ),
  ],
}

export const circuitBreakers: Section = {
  number: '2.7',
  title: 'Circuit breakers',
  rows: [
    same(
      'a breaker opens once `threshold_percent` of the last `samples` requests have failed, errors and statuses from 500 on',
      'circuit-breaker: the client is wrong, which is no failure',
      'circuit-breaker: two of four, and the breaker opens',
      'test/data-plane/circuit-breaker.test.ts: for connections that are refused, reset, or hang',
    ),
    same('while it is open', error(503, 'Service temporarily unavailable.'), 'circuit-breaker: the upstream is not asked'),
    same(
      'after `return_to_service_after` seconds one request is tried',
      'test/data-plane/circuit-breaker.test.ts: lets one request through once its time is over, and closes if that is well',
      'test/data-plane/circuit-breaker.test.ts: stays open if that fails',
    ),
    same(
      'or all are let through, with `disable_half_open_state`',
      'test/data-plane/circuit-breaker.test.ts: lets all through where its rule has no half-open state',
    ),
    differs('half-open breakers', 'events of a breaker', 'circuit-breaker: two of four, and the breaker opens'),
  ],
}
