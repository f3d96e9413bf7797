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
  key_lookup_failed: entry(
    503,
    UNAVAILABLE,
    (d: { reason: string }) => `Look up a key failed: ${d.reason}; the client got a 503`,
  ),
} satisfies Record<string, Entry<never>>
