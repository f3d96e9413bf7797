import { answer, type Entry, entry } from './entry.ts'

/** Sessions of keys, and their policies. */
export const sessionErrors = {
  session_missing: answer(400, 'Session state is missing or unset! Please make sure that auth headers are properly applied'),
  key_inactive: answer(403, 'Key is inactive, please renew'),
  key_expired: answer(401, 'Key has expired, please renew'),
  api_not_granted: answer(403, 'Access to this API has been disallowed'),
  resource_not_granted: answer(403, 'Access to this resource has been disallowed'),
  policies_unreadable: entry(
    500,
    null,
    (d: { place: string; reason: string; key: string }) =>
      `Read the policies in "${d.place}" failed: ${d.reason}; create it, or change "${d.key}" in gateway.conf`,
  ),
  policy_invalid: entry(
    500,
    null,
    (d: { file: string; problems: readonly string[] }) =>
      `Load the policy "${d.file}" failed:${d.problems.length === 1 ? ' ' : '\n'}${d.problems.join('\n')}`,
  ),
  policy_unknown: entry(
    500,
    null,
    (d: { id: string }) => `Apply the policy "${d.id}" failed: there is no policy of this id; add it, and reload`,
  ),
  policy_foreign: entry(
    500,
    null,
    (d: { id: string; found: string; expected: string }) =>
      `Apply the policy "${d.id}" failed: found the org_id "${d.found}", expected that of the API, "${d.expected}"`,
  ),
  policies_mixed: entry(
    500,
    null,
    (d: { ids: readonly string[] }) =>
      `Apply the policies ${quoted(d.ids)} failed: a policy with the partition "per_api" cannot have others, nor be combined with policies without it`,
  ),
  policies_void: entry(
    500,
    null,
    (d: { ids: readonly string[] }) =>
      `Apply the policies ${quoted(d.ids)} failed: the key has no valid policies to be applied; at least one has to exist, and to have access_rights`,
  ),
  key_policies_failed: entry(
    500,
    null,
    (d: { key: string; reason: string }) =>
      `Find the session of the key ${d.key} failed: ${d.reason}; the key is taken as unknown`,
  ),
  key_hash_secret_missing: entry<void>(
    500,
    null,
    () =>
      'hash_key_secret: expected what keys are hashed with by "hmac-sha256", found nothing; set it, or POSTERN_HASH_KEY_SECRET_FILE',
  ),
} satisfies Record<string, Entry<never>>

function quoted(ids: readonly string[]): string {
  return ids.map((id) => `"${id}"`).join(', ')
}
