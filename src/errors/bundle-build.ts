import { type Entry, entry } from './entry.ts'

/** Making bundles. */
export const bundleBuildErrors = {
  bundle_source_unreadable: entry(
    500,
    null,
    (d: { manifest: string; reason: string }) => `Couldn't load manifest file "${d.manifest}": ${d.reason}; name it with -m FILE`,
  ),
  bundle_hooks_missing: entry(
    500,
    null,
    (d: { manifest: string }) =>
      `No hooks defined in "${d.manifest}": expected a plugin in custom_middleware, in pre, auth_check, post_key_auth, post or response`,
  ),
  bundle_driver_missing: entry(
    500,
    null,
    (d: { manifest: string }) =>
      `No driver specified in "${d.manifest}": expected "driver": "jsplugin" beside or inside of custom_middleware`,
  ),
  bundle_source_missing: entry(
    500,
    null,
    (d: { manifest: string; file: string; reason: string }) =>
      `Referencing a nonexistent file: "${d.file}" in the file_list of "${d.manifest}" (${d.reason}); names are relative to the manifest`,
  ),
  bundle_unsigned_unconfirmed: entry<void>(
    500,
    null,
    () =>
      'Build the bundle failed: nobody said whether to sign it; name a private key with -k FILE, or leave it unsigned with -y (--skip-signing)',
  ),
} satisfies Record<string, Entry<never>>
