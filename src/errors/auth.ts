import { answer, type Entry, entry } from './entry.ts'

const UNAVAILABLE = 'Service temporarily unavailable.'

/** Who calls: keys, passwords, tokens. */
export const authErrors = {
  auth_field_missing: answer(401, 'Authorization field missing'),
  key_unknown: answer(403, 'Access to this API has been disallowed'),
  basic_header_malformed: answer(400, 'Attempted access with malformed header, header not in basic auth format'),
  basic_encoding_malformed: answer(400, 'Attempted access with malformed header, auth data not encoded correctly'),
  basic_values_malformed: answer(400, 'Attempted access with malformed header, values not in basic auth format'),
  basic_body_without_user: answer(400, 'Body do not contain username'),
  basic_body_without_password: answer(400, 'Body do not contain password'),
  user_not_authorised: answer(401, 'User not authorised'),
  passwords_busy: entry(
    503,
    UNAVAILABLE,
    (d: { waiting: number }) => `Check a password failed: ${d.waiting} others wait to be checked; the client got a 503`,
  ),
  password_check_failed: entry(
    503,
    UNAVAILABLE,
    (d: { reason: string }) => `Check a password failed: ${d.reason}; the client got a 503`,
  ),
  jwt_field_missing: answer(400, 'Authorization field missing'),
  jwt_algorithm_refused: entry(
    403,
    'Key not authorized: Unexpected signing method',
    (d: { found: string; method: string }) =>
      `Check a token failed: found the algorithm "${d.found}", expected one of jwt_signing_method "${d.method}"`,
  ),
  jwt_invalid: entry(403, 'Key not authorized', (d: { reason: string }) => `Check a token failed: ${d.reason}`),
  jwt_key_unknown: entry(
    403,
    'Key not authorized',
    (d: { alg: string; kid: string }) => `Check a token failed: found no key, or several, for ${d.alg} and the kid "${d.kid}"`,
  ),
  jwt_expired: answer(401, 'Key not authorized: token has expired'),
  jwt_issued_later: answer(401, 'Key not authorized: token used before issued'),
  jwt_not_yet_valid: answer(401, 'Key not authorized: token is not valid yet'),
  jwt_subject_empty: answer(403, 'found an empty user ID in sub claim'),
  jwt_subject_missing: answer(403, 'no suitable claims for user ID were found'),
  jwt_without_policy: entry(
    403,
    'key not authorized: no matching policy',
    (d: { reason: string }) => `Apply the policies of a token failed: ${d.reason}`,
  ),
  jwt_scope_without_policy: answer(403, 'key not authorized: no matching policy found in scope claim'),
  jwks_unavailable: entry<void>(
    503,
    UNAVAILABLE,
    () => 'Check a token failed: its keys could not be fetched, see jwks_fetch_failed; the client got a 503',
  ),
  jwks_fetch_failed: entry(
    500,
    null,
    (d: { url: string; reason: string; kept: string }) =>
      `Fetch the keys of tokens from "${d.url}" failed: ${d.reason}; ${d.kept}`,
  ),
  key_lookup_failed: entry(
    503,
    UNAVAILABLE,
    (d: { reason: string }) => `Look up a key failed: ${d.reason}; the client got a 503`,
  ),
} satisfies Record<string, Entry<never>>
