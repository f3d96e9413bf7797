import { type Entry, entry } from './entry.ts'

/** Bundles. */
export const bundleErrors = {
  bundle_downloader_disabled: entry(
    500,
    null,
    (d: { bundle: string }) =>
      `Fetch the bundle "${d.bundle}" failed: the bundle downloader is disabled; set "enable_bundle_downloader" to true in gateway.conf`,
  ),
  bundle_base_url_missing: entry(
    500,
    null,
    (d: { bundle: string }) =>
      `Fetch the bundle "${d.bundle}" failed: no base URL is set; set "bundle_base_url" in gateway.conf to an http, https, file or s3 URL`,
  ),
  bundle_name_invalid: entry(
    500,
    null,
    (d: { bundle: string; found: string }) =>
      `Fetch the bundle "${d.bundle}" failed: found ${d.found}, expected the path of a zip, relative to bundle_base_url`,
  ),
  bundle_s3_unconfigured: entry(
    500,
    null,
    (d: { reason: string }) =>
      `Sign a request for an s3 URL failed: ${d.reason}; give the gateway AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_ENDPOINT_URL_S3 for a compatible store`,
  ),
  bundle_fetch_failed: entry(
    500,
    null,
    (d: { bundle: string; url: string; reason: string; attempts: number }) =>
      `Fetch the bundle "${d.bundle}" from "${d.url}" failed${d.attempts > 1 ? ` ${d.attempts} times` : ''}: ${d.reason}`,
  ),
  bundle_late: entry(
    500,
    null,
    (d: { bundle: string; seconds: number }) =>
      `Fetch the bundle "${d.bundle}" is taking longer than bundle_load_wait (${d.seconds} s); the API is loaded again once it is there`,
  ),
  bundle_size_exceeded: entry(
    500,
    null,
    (d: { bundle: string; limit: number }) =>
      `Fetch the bundle "${d.bundle}" failed: it is larger than bundle_max_size (${d.limit} bytes); raise it, or make the bundle smaller`,
  ),
  bundle_archive_invalid: entry(
    500,
    null,
    (d: { bundle: string; reason: string }) => `Unpack the bundle "${d.bundle}" failed: expected a zip, found ${d.reason}`,
  ),
  bundle_files_exceeded: entry(
    500,
    null,
    (d: { bundle: string; found: number; limit: number }) =>
      `Unpack the bundle "${d.bundle}" failed: it has ${d.found} entries, more than bundle_max_files (${d.limit}); raise it, or leave files out`,
  ),
  bundle_unpacked_exceeded: entry(
    500,
    null,
    (d: { bundle: string; entry: string; limit: number }) =>
      `Unpack the bundle "${d.bundle}" failed at "${d.entry}": its files are larger than bundle_max_unpacked_size (${d.limit} bytes); raise it, or make them smaller`,
  ),
  bundle_entry_refused: entry(
    500,
    null,
    (d: { bundle: string; entry: string; found: string }) =>
      `Unpack the bundle "${d.bundle}" failed at ${JSON.stringify(d.entry.slice(0, 200))}: found ${d.found}, expected files and folders with plain relative names, each once`,
  ),
  bundle_manifest_missing: entry(
    500,
    null,
    (d: { bundle: string }) =>
      `Read the bundle "${d.bundle}" failed: it has no manifest.json in its root; make it with \`postern bundle build\``,
  ),
  bundle_manifest_invalid: entry(
    500,
    null,
    (d: { manifest: string; problems: readonly string[] }) =>
      `Read the manifest "${d.manifest}" failed:${d.problems.length === 1 ? ' ' : '\n'}${d.problems.join('\n')}`,
  ),
  bundle_file_missing: entry(
    500,
    null,
    (d: { bundle: string; file: string }) =>
      `Read the bundle "${d.bundle}" failed: its file_list names "${d.file}", which is not in it; add the file, or take it off the list`,
  ),
  bundle_checksum_wrong: entry(
    500,
    null,
    (d: { bundle: string; field: string; expected: string; found: string }) =>
      `Verify the bundle "${d.bundle}" failed: found the ${d.field} ${d.found}, expected ${d.expected} as its manifest says; its files were changed after it was made`,
  ),
  bundle_unsigned: entry(
    500,
    null,
    (d: { bundle: string }) =>
      `Verify the bundle "${d.bundle}" failed: it is not signed, and public_key_path is set; sign it with \`postern bundle build -k KEY\``,
  ),
  bundle_signature_wrong: entry(
    500,
    null,
    (d: { bundle: string }) =>
      `Verify the bundle "${d.bundle}" failed: its signature is not by the key at public_key_path; sign it with the private key that goes with it`,
  ),
  bundle_key_unusable: entry(
    500,
    null,
    (d: { file: string; kind: 'public' | 'private'; reason: string }) =>
      `Read the ${d.kind} key "${d.file}" failed: ${d.reason}; expected an RSA or Ed25519 key in PEM`,
  ),
  bundle_merge_failed: entry(
    500,
    null,
    (d: { bundles: readonly string[]; reason: string }) =>
      `Put the bundles ${d.bundles.map((name) => `"${name}"`).join(' and ')} together failed: ${d.reason}`,
  ),
  bundle_not_kept: entry(
    500,
    null,
    (d: { bundle: string; folder: string; reason: string }) =>
      `Keep the bundle "${d.bundle}" in "${d.folder}" failed: ${d.reason}; let the gateway's user write below data_path`,
  ),
  bundle_not_looked_at: entry(
    500,
    null,
    (d: { bundles: readonly string[] }) =>
      `Look into the bundles ${d.bundles.map((name) => `"${name}"`).join(', ')} was left out: checking a definition fetches nothing`,
  ),
} satisfies Record<string, Entry<never>>
