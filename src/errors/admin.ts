import { answer, type Entry, entry } from './entry.ts'

/** What the admin API answers. */
export const adminErrors = {
  admin_key_invalid: answer(403, 'Attempted administrative access with invalid or missing key!'),
  admin_method_unsupported: answer(405, 'Method not supported'),
  admin_body_malformed: withProblems(400, 'Request malformed'),
  admin_body_unreadable: withProblems(500, 'Unmarshalling failed'),
  admin_body_too_large: answer(413, 'Request Entity Too Large'),
  admin_file_not_written: entry(
    500,
    'file object creation failed, write error',
    (d: { file: string; reason: string }) => `Write "${d.file}" failed: ${d.reason}`,
  ),
  admin_file_not_deleted: entry(
    500,
    'Delete failed',
    (d: { file: string; reason: string }) => `Delete "${d.file}" failed: ${d.reason}`,
  ),
  admin_id_unfit: answer(
    400,
    'An id that files are named after may have letters, digits, "_", "-" and "." alone, and begins with none of the last two',
  ),
  plugin_id_unknown: answer(404, 'No plugin has this id; GET /tyk/plugins lists them'),
  keys_not_listed: answer(404, 'Hashed key listing is disabled in config (enable_hashed_keys_listing)'),
  key_not_found: answer(404, 'Key not found'),
  key_not_updatable: answer(404, 'Key is not found'),
  key_not_deletable: answer(404, 'There is no such key found'),
  key_not_deleted: entry(400, 'Failed to delete the key', (d: { reason: string }) => `Delete a key failed: ${d.reason}`),
  key_not_created: withProblems(500, 'Failed to create key, ensure security settings are correct.'),
  key_without_rights: answer(400, 'Failed to create key, keys must have at least one Access Rights record set.'),
  key_policies_not_applied: withProblems(500, 'Failed to apply the policies of the key'),
  policy_not_found: answer(404, 'Policy not found'),
  policy_without_id: answer(400, 'Unable to create policy without id.'),
  policy_id_taken: answer(400, 'There is a policy of this id already, use PUT to change it'),
  policy_id_differs: answer(400, 'Request ID does not match that in policy! For Update operations these must match.'),
  policies_not_writable: answer(500, 'Policies are written to policies.policy_path alone, which is not set'),
  api_not_found: answer(404, 'API not found'),
  api_id_taken: answer(400, 'There is an API of this id already, use PUT to change it'),
  api_id_differs: answer(400, 'Request APIID does not match that in Definition! For Update operations these must match.'),
  api_invalid: entry(
    400,
    ({ problems }) => `The definition is not valid: ${problems.join('; ')}`,
    (d: { problems: readonly string[] }) => `The definition is not valid: ${d.problems.join('; ')}`,
  ),
  apis_not_writable: answer(500, 'Definitions are not read from app_path, so that they cannot be written there'),
} satisfies Record<string, Entry<never>>

/** An error whose answer lists what is wrong beside its message. */
function withProblems(status: number, client: string): Entry<{ problems: readonly string[] }> {
  return entry(status, client, ({ problems }) => `${client}: ${problems.join('; ')}`)
}
