import { differs, error, type Section, same } from '../row.ts'

export const limitHeaders: Section = {
  number: '4.6',
  title: 'Headers that tell of limits',
  rows: [
    same(
      '`X-RateLimit-*` tell of the quota unless gateway.conf says otherwise',
      'limits-headers-default: the quota, and nothing of the rate',
      'limits-of-keys: a quota is told of',
    ),
    same(
      'on responses from the cache as well',
      'cache: a hit counts against limits, and shows them; response plugins do not run again',
    ),
    same(
      'not on a 403 or a 429',
      'limits-headers-default: not where the quota is used up',
      'limits-headers-default: nor where the rate is',
    ),
    differs('limit headers', 'on an API without keys', 'limits-headers-default: an API without keys'),
    same(
      'with `rate_limit_response_headers: "rate_limits"` they tell of the rate, on a 429 as well; what remains is never below 0',
      'limits-headers: the first',
      'limits-headers: the last',
      'limits-headers: one too many',
    ),
  ],
}

export const sessionGates: Section = {
  number: '4.7',
  title: 'What a session lets a key do',
  rows: [
    differs(
      'silent auth_check',
      'no session',
      error(401, 'Authorization field missing'),
      'auth-session: an auth_check that does neither is 401, there and then',
    ),
    same('`is_inactive`', error(403, 'Key is inactive, please renew'), 'session-gates: inactive counts first'),
    same(
      'a key that has expired; event `KeyExpired`',
      error(401, 'Key has expired, please renew'),
      'session-gates: expired counts before rights',
    ),
    same(
      'rights that do not have the API',
      error(403, 'Access to this API has been disallowed'),
      'session-gates: rights for another API',
    ),
    same('or not its version', error(403, 'Access to this API has been disallowed'), 'session-gates: another version'),
    same(
      '`allowed_urls` that do not have path and method',
      error(403, 'Access to this resource has been disallowed'),
      'session-gates: another path',
      'session-gates: another method',
    ),
  ],
}
