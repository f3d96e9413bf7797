import { type Entry, entry } from './entry.ts'

/** Artifacts and plugins. Each refusal is one sentence: what was found, what is running, what mends it. */
export const artifactErrors = {
  artifact_missing: entry(
    500,
    null,
    (d: { path: string; versioned: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: neither it nor "${d.versioned}" exists; compile it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_file_missing: entry(500, null, (d: { path: string }) => `Read "${d.path}" failed: there is no such file or folder`),
  artifact_unreadable: entry(
    500,
    null,
    (d: { path: string; reason: string }) =>
      `Load the artifact "${d.path}" failed: it cannot be read (${d.reason}); let the gateway's user read it`,
  ),
  artifact_native: entry(
    500,
    null,
    (d: { path: string }) =>
      `Load the artifact "${d.path}" failed: Go binaries cannot be loaded, expected a compiled plugin.js; port the source as docs/porting-from-tyk.md shows`,
  ),
  artifact_empty: entry(
    500,
    null,
    (d: { path: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: the file is empty; rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_stampless: entry(
    500,
    null,
    (d: { path: string; running: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: its first line is no stamp, so it is not a compiled plugin but some other file, and this gateway (${d.running}) loads compiled plugins only; compile it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_stamp_too_large: entry(
    500,
    null,
    (d: { path: string; limit: number; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: its stamp is longer than ${d.limit} bytes; rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_stamp_invalid: entry(
    500,
    null,
    (d: { path: string; reason: string; builtFor: string; running: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: its stamp, written for ${d.builtFor}, cannot be read by this gateway, ${d.running} (${d.reason}); rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_format_unknown: entry(
    500,
    null,
    (d: { path: string; found: string; expected: number; builtFor: string; running: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: its stamp has the format ${d.found}, written for ${d.builtFor}, but this gateway, ${d.running}, reads the format ${d.expected}; rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_changed: entry(
    500,
    null,
    (d: { path: string; builtFor: string; running: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: its code does not have the digest in its stamp, so the file, built for ${d.builtFor}, was cut short or changed after it was compiled (this gateway is ${d.running}); rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_version_mismatch: entry(
    500,
    null,
    (d: { path: string; builtFor: string; running: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: it was built for gateway ${d.builtFor}, but this gateway is ${d.running}; rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_contract_mismatch: entry(
    500,
    null,
    (d: { path: string; builtFor: string; running: string; found: string; expected: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: it was built for gateway ${d.builtFor} against the contract ${d.found}, but this gateway, ${d.running}, has the contract ${d.expected}; rebuild it in the folder of its source with: ${d.rebuild}`,
  ),
  artifact_unsigned: entry(
    500,
    null,
    (d: { path: string; trusted: string; sign: string }) =>
      `Load the artifact "${d.path}" failed: it has no signature, and one is required (trusted keys: ${d.trusted}); sign it in its folder with: ${d.sign}`,
  ),
  artifact_signer_unknown: entry(
    500,
    null,
    (d: { path: string; keyId: string; trusted: string; sign: string }) =>
      `Load the artifact "${d.path}" failed: it is signed by the key ${d.keyId}, which is not trusted (trusted keys: ${d.trusted}); add that key to plugin_public_keys, or sign the artifact in its folder with: ${d.sign}`,
  ),
  artifact_signature_wrong: entry(
    500,
    null,
    (d: { path: string; keyId: string; trusted: string; sign: string }) =>
      `Load the artifact "${d.path}" failed: its signature is not one that the key ${d.keyId} made for its stamp, so one of the two was changed (trusted keys: ${d.trusted}); if you trust the file, sign it in its folder with: ${d.sign}`,
  ),
  artifact_signature_malformed: entry(
    500,
    null,
    (d: { path: string; sign: string }) =>
      `Load the artifact "${d.path}" failed: its second line begins as a signature and is none, so it was cut short or changed; if you trust the file, sign it in its folder with: ${d.sign}`,
  ),
  artifact_threw: entry(
    500,
    null,
    (d: { plugin: string; path: string; reason: string }) =>
      `Run the module level code of plugin "${d.plugin}" failed (artifact "${d.path}"): ${d.reason}`,
  ),
  plugin_require_refused: entry(
    500,
    null,
    (d: { plugin: string; id: string }) =>
      `Require "${d.id}" from plugin "${d.plugin}" failed: an artifact may require "postern/plugin" and Node's built-in modules only; import "${d.id}" by a literal name, so that the compiler bundles it`,
  ),
  plugin_process_refused: entry(
    500,
    null,
    (d: { plugin: string; method: string }) =>
      `Call process.${d.method}() from plugin "${d.plugin}" failed: a plugin may not end the gateway; throw an error instead`,
  ),
  plugin_dispose_failed: entry(
    500,
    null,
    (d: { plugin: string; export: string; reason: string }) =>
      `Dispose the export "${d.export}" of plugin "${d.plugin}" failed: ${d.reason}`,
  ),
  plugin_dispose_timeout: entry(
    500,
    null,
    (d: { export: string; plugin: string; limit: number }) =>
      `Dispose the export "${d.export}" of plugin "${d.plugin}" failed: its dispose did not settle within ${d.limit} ms`,
  ),
  plugin_failed_late: entry(
    500,
    null,
    (d: { plugin: string; reason: string }) =>
      `Plugin "${d.plugin}" failed outside of its call: ${d.reason}; await its promises, and catch errors in its timers and listeners`,
  ),
  gateway_failed: entry(500, null, (d: { reason: string }) => `End the process: an error was caught nowhere: ${d.reason}`),
} satisfies Record<string, Entry<never>>
