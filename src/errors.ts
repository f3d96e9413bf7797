/**
 * The error catalogue: every message that Postern writes, in one place. An entry has the HTTP status and the text that
 * a client sees (`null`: never sent to a client, who gets 500 `Internal Server Error`), and the text for the log.
 */

interface Entry<Details> {
  readonly status: number
  readonly client: string | null
  readonly message: (details: Details) => string
}

function entry<Details = void>(status: number, client: string | null, message: (details: Details) => string): Entry<Details> {
  return { status, client, message }
}

/** An entry whose log text is the client's text. */
function answer(status: number, client: string): Entry<void> {
  return entry(status, client, () => client)
}

export const catalogue = {
  // A request, before and around the chain
  not_found: answer(404, 'Not Found'),
  path_leaves_api: entry(
    400,
    'Malformed request path',
    (d: { path: string; listenPath: string }) =>
      `Route the path "${d.path}" failed: its dot segments leave the listen path "${d.listenPath}"`,
  ),
  target_unsupported: entry(
    400,
    'Malformed request target',
    (d: { target: string }) => `Route the request target "${d.target}" failed: expected an absolute path or an absolute URL`,
  ),
  host_repeated: answer(400, 'Malformed request: more than one Host header'),
  internal: entry(500, 'Internal Server Error', (d: { where: string }) => `Handle a request failed in ${d.where}`),
  auth_field_missing: answer(401, 'Authorization field missing'),

  // The upstream
  upstream_timeout: answer(504, 'Upstream service reached hard timeout.'),
  upstream_lookup_failed: answer(500, 'Upstream host lookup failed'),
  upstream_failed: answer(500, 'There was a problem proxying the request'),
  upstream_request_refused: entry(
    500,
    'There was a problem proxying the request',
    (d: { reason: string }) => `Send the request upstream failed: ${d.reason}`,
  ),
  client_closed: answer(499, 'Client closed request'),

  response_not_sent: entry(
    500,
    null,
    (d: { reason: string }) => `Send a response failed: ${d.reason}; the client got a 500, or a response that is cut short`,
  ),

  // Bodies read by plugins
  request_body_too_large: entry(
    413,
    'Request Entity Too Large',
    (d: { limit: number }) =>
      `Read the request body failed: it is larger than max_plugin_body (${d.limit} bytes); raise it, or let the plugin leave the body alone`,
  ),
  response_body_too_large: entry(
    500,
    null,
    (d: { limit: number }) =>
      `Read the response body failed: it is larger than max_plugin_body (${d.limit} bytes); raise it, or let the plugin leave the body alone`,
  ),
  body_aborted: answer(499, 'Client closed request'),
  request_body_used: entry<void>(
    500,
    null,
    () => 'Send the request upstream failed: a plugin replaced it by one whose body was read already; read a clone instead',
  ),
  content_coding_unknown: entry(
    500,
    null,
    (d: { coding: string }) =>
      `Decode the response body failed: its Content-Encoding "${d.coding}" is none of gzip, br, deflate, zstd`,
  ),
  content_coding_broken: entry(
    500,
    null,
    (d: { coding: string }) => `Decode the response body failed: it is not valid ${d.coding}`,
  ),

  // The store
  store_closed: entry<void>(500, null, () => 'Use the store failed: it is closed already'),
  store_value_not_json: entry(
    500,
    null,
    (d: { key: string; type: string }) => `Store a value under "${d.key}" failed: found a ${d.type}, expected what JSON can hold`,
  ),
  store_ttl_invalid: entry(
    500,
    null,
    (d: { key: string; ttl: unknown }) =>
      `Store a value under "${d.key}" failed: found the ttl "${d.ttl}", expected seconds greater than 0, or none`,
  ),
  store_increment_invalid: entry(
    500,
    null,
    (d: { key: string; found: string; by: number }) =>
      `Increment "${d.key}" failed: found ${d.found} and the step ${d.by}, expected whole numbers with a sum below 2^53`,
  ),
  store_rule_invalid: entry(
    500,
    null,
    (d: { field: string; found: unknown; expected: string }) =>
      `Count a request failed: found the ${d.field} "${d.found}", expected ${d.expected}`,
  ),

  // The echo upstream
  echo_listen_failed: entry(
    500,
    null,
    (d: { host: string; port: number; reason: string }) =>
      `Start the echo upstream on "${d.host}:${d.port}" failed: ${d.reason}; free the port, or choose another with --port`,
  ),
  echo_number_expected: answer(400, 'The path ends in a whole number'),
  echo_status_expected: answer(400, 'The path ends in a status code from 200 to 599'),
  echo_body_malformed: answer(400, 'The body is not the form that its Content-Type says'),
  echo_body_too_large: answer(413, 'The body is larger than 10 MB'),

  // Compiling a plugin
  source_missing: entry(
    500,
    null,
    (d: { folder: string }) => `Read the plugin's folder "${d.folder}" failed: there is no such folder`,
  ),
  manifest_invalid: entry(500, null, (d: { reason: string }) => `Read "package.json" failed: ${d.reason}`),
  entry_missing: entry(
    500,
    null,
    (d: { folder: string; looked: readonly string[] }) =>
      `Find the plugin's entry in "${d.folder}" failed: there is no ${d.looked.join(', ')}; write one of them, or name the file as "postern": { "entry": "…" } in package.json`,
  ),
  entry_named_missing: entry(
    500,
    null,
    (d: { entry: string }) =>
      `Find the plugin's entry failed: package.json names "${d.entry}" as postern.entry, but the folder has no such file`,
  ),
  lockfile_missing: entry(
    500,
    null,
    (d: { packages: readonly string[] }) =>
      `Install the plugin's dependencies (${d.packages.join(', ')}) failed: there is neither a node_modules folder nor a package-lock.json; run \`npm install --package-lock-only\` in the plugin's folder, and compile again`,
  ),
  npm_missing: entry<void>(
    500,
    null,
    () =>
      "Install the plugin's dependencies failed: there is no npm on the PATH; run `npm ci` in the plugin's folder, and compile again",
  ),
  install_failed: entry(
    500,
    null,
    (d: { output: string }) => `Install the plugin's dependencies failed: \`npm ci\` reports\n\n${d.output}`,
  ),
  typecheck_failed: entry(
    500,
    null,
    (d: { output: string }) => `Check the plugin's types failed: TypeScript ended with\n\n${d.output}`,
  ),
  dependency_missing: entry(
    500,
    null,
    (d: { name: string; imported: string }) =>
      `Import "${d.imported}" failed: the package "${d.name}" is not installed; run \`npm install ${d.name}\` in the plugin's folder, and compile again`,
  ),
  native_addon: entry(
    500,
    null,
    (d: { name: string }) =>
      `Bundle "${d.name}" failed: it is a native addon, and an artifact holds JavaScript alone; use a package without native code`,
  ),
  require_dynamic: entry<void>(
    500,
    null,
    () =>
      'Bundle a call of require() failed: its argument is not a text in quotes, so the compiler cannot tell what to bundle; name the module',
  ),
  import_dynamic: entry<void>(
    500,
    null,
    () =>
      'Bundle an import() failed: its argument is not a text in quotes, so the compiler cannot tell what to bundle; name the module',
  ),
  require_unbundled: entry(
    500,
    null,
    (d: { name: string }) =>
      `Bundle the require of "${d.name}" failed: it was not found, and the gateway has no node_modules; install it, or require it inside try`,
  ),
  await_at_top: entry<void>(
    500,
    null,
    () =>
      "Bundle an await outside of functions failed: an artifact is loaded in one go; await inside the plugin's function, or keep the promise in a variable",
  ),
  import_meta_empty: entry(
    500,
    null,
    (d: { property: string }) =>
      `Bundle "${d.property}" failed: an artifact is one file without a place of its own; import what you need as a module`,
  ),
  process_internals: entry(
    500,
    null,
    (d: { property: string }) =>
      `Bundle "${d.property}" failed: it reaches into the process of the gateway; use Node's modules instead`,
  ),
  bundle_failed: entry(500, null, (d: { reason: string }) => `Bundle the plugin failed: ${d.reason}`),
  load_threw: entry(500, null, (d: { thrown: string }) => `Load the plugin failed: its module-level code threw: ${d.thrown}`),
  load_exited: entry(
    500,
    null,
    (d: { how: string }) => `Load the plugin failed: its module-level code ended the process (${d.how})`,
  ),
  load_hung: entry(
    500,
    null,
    (d: { seconds: number }) => `Load the plugin failed: its module-level code did not end within ${d.seconds} s`,
  ),
  exports_no_plugin: entry(
    500,
    null,
    (d: { found: readonly string[] }) =>
      `Find a plugin among the exports failed: found ${d.found.join(', ') || 'no exports'}, expected a function exported by name; write \`export const MyPlugin: Plugin = (c) => { … }\``,
  ),
  compile_failed: entry(
    500,
    null,
    (d: { source: string; report: string; count: string }) =>
      `${d.report}\n\nCompile "${d.source}" failed: ${d.count}; nothing was written`,
  ),
  output_unwritable: entry(500, null, (d: { path: string; reason: string }) => `Write "${d.path}" failed: ${d.reason}`),
  output_is_source: entry(
    500,
    null,
    (d: { path: string }) => `Write "${d.path}" failed: the file is the plugin's own source; choose another name with -o`,
  ),
  compiler_usage_wrong: entry(500, null, (d: { reason: string }) => `Run the plugin compiler failed: ${d.reason}`),
  scaffold_failed: entry(
    500,
    null,
    (d: { folder: string; reason: string }) => `Scaffold a plugin in "${d.folder}" failed: ${d.reason}`,
  ),

  // Configuration, definitions and the admin API
  json_invalid: entry(
    500,
    null,
    (d: { file: string; line: number; column: number; reason: string; frame: string }) =>
      `Parse the JSON of "${d.file}" failed at line ${d.line}, column ${d.column}: ${d.reason}\n${d.frame}`,
  ),
  config_unreadable: entry(
    500,
    null,
    (d: { file: string; reason: string }) =>
      `Read the configuration "${d.file}" failed: ${d.reason}; name the file with --conf FILE or POSTERN_CONF`,
  ),
  config_invalid: entry(
    500,
    null,
    (d: { file: string; problems: readonly string[] }) => `Load the configuration "${d.file}" failed:\n${d.problems.join('\n')}`,
  ),
  secret_not_kept: entry(
    500,
    null,
    (d: { file: string; reason: string }) =>
      `Keep a generated secret in "${d.file}" failed: ${d.reason}; make its folder writable, or set "secret" in gateway.conf or POSTERN_SECRET`,
  ),
  app_path_unreadable: entry(
    500,
    null,
    (d: { folder: string; reason: string }) =>
      `Read the definitions in "${d.folder}" failed: ${d.reason}; create the folder, or set "app_path" in gateway.conf`,
  ),
  definition_unreadable: entry(
    500,
    null,
    (d: { file: string; reason: string }) => `Read the definition "${d.file}" failed: ${d.reason}`,
  ),
  definition_invalid: entry(
    500,
    null,
    (d: { file: string; problems: readonly string[] }) =>
      `Load the definition "${d.file}" failed:${d.problems.length === 1 ? ' ' : '\n'}${d.problems.join('\n')}`,
  ),
  admin_key_invalid: answer(403, 'Attempted administrative access with invalid or missing key!'),
  plugin_id_unknown: answer(404, 'No plugin has this id; GET /tyk/plugins lists them'),
  admin_method_unsupported: answer(405, 'Method not supported'),

  // The command line
  node_too_old: entry(
    500,
    null,
    (d: { found: string }) =>
      `Start Postern failed: found Node.js ${d.found}, expected version 26 or later; install it, or use the image`,
  ),
  command_unknown: entry(
    500,
    null,
    (d: { name: string; meant: string | undefined }) =>
      `Run the command "${d.name}" failed: there is none of that name${d.meant === undefined ? '' : `; did you mean "${d.meant}"?`}`,
  ),
  usage_wrong: entry(500, null, (d: { command: string; reason: string }) => `Run "postern ${d.command}" failed: ${d.reason}`),
  compiler_elsewhere: entry(
    500,
    null,
    (d: { command: string }) =>
      `Compile a plugin failed: the image of the gateway holds no compiler; in the plugin's folder, run: ${d.command}`,
  ),
  health_failed: entry(500, null, (d: { url: string; reason: string }) => `Ask "${d.url}" failed: ${d.reason}`),

  // Artifacts and plugins. Each refusal is one sentence: what was found, what is running, what mends it.
  artifact_missing: entry(
    500,
    null,
    (d: { path: string; versioned: string; rebuild: string }) =>
      `Load the artifact "${d.path}" failed: neither it nor "${d.versioned}" exists; compile it in the folder of its source with: ${d.rebuild}`,
  ),
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

  // Signing
  sign_key_unusable: entry(
    500,
    null,
    (d: { file: string; kind: 'public' | 'private'; found: string }) =>
      `Read the ${d.kind} key "${d.file}" failed: found ${d.found}, expected one Ed25519 key as PEM ("BEGIN ${d.kind === 'public' ? 'PUBLIC' : 'PRIVATE'} KEY"), without a passphrase; make a pair with: postern plugin keygen`,
  ),
  sign_key_missing: entry<void>(
    500,
    null,
    () => 'Sign an artifact failed: no key is given; name its file with --key FILE or POSTERN_SIGN_KEY_FILE',
  ),
  key_exists: entry(
    500,
    null,
    (d: { file: string }) =>
      `Write the key "${d.file}" failed: there is such a file, and a key that is overwritten is lost; choose another name with -o NAME`,
  ),
  key_unwritable: entry(500, null, (d: { file: string; reason: string }) => `Write the key "${d.file}" failed: ${d.reason}`),

  check_nothing: entry(
    500,
    null,
    (d: { folder: string; others: number }) =>
      `Check the artifacts in "${d.folder}" failed: there is none (.js files that are no artifacts: ${d.others}); compile one, or name another folder`,
  ),

  // Bundles
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

  // Making bundles
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

  // What a plugin does to a request
  plugin_threw: entry(
    500,
    null,
    (d: { plugin: string; hook: string; reason: string }) => `Run the plugin "${d.plugin}" (${d.hook}) failed: ${d.reason}`,
  ),
  plugin_timeout: entry(
    500,
    null,
    (d: { plugin: string; hook: string; timeoutMs: number }) =>
      `Run the plugin "${d.plugin}" (${d.hook}) failed: it took longer than timeout_ms (${d.timeoutMs})`,
  ),
  plugin_result_invalid: entry(
    500,
    null,
    (d: { plugin: string; found: string }) =>
      `Use what the plugin "${d.plugin}" returned failed: found ${d.found}, expected a Response or nothing`,
  ),
  plugin_next_repeated: entry(
    500,
    null,
    (d: { plugin: string }) =>
      `Call next() in the plugin "${d.plugin}" failed: it was called before, and runs the rest of the chain once`,
  ),
  plugin_next_late: entry(
    500,
    null,
    (d: { plugin: string }) =>
      `Call next() in the plugin "${d.plugin}" failed: the plugin's time was up and the chain has gone on without it`,
  ),
  plugin_variable_reserved: entry(
    500,
    null,
    (d: { name: string }) => `Set the variable "${d.name}" failed: the name is reserved by the gateway; choose another`,
  ),
  plugin_request_invalid: entry(
    500,
    null,
    (d: { found: string }) => `Replace c.req.raw failed: found ${d.found}, expected a Request`,
  ),
  plugin_quarantined: entry(
    500,
    null,
    (d: { plugin: string; hook: string; reason: string }) =>
      `Run the plugin "${d.plugin}" (${d.hook}) failed: it is not loaded (${d.reason})`,
  ),
  plugin_blamed: entry(
    500,
    null,
    (d: { plugin: string; path: string; crash: string; until: string }) =>
      `Load the plugin "${d.plugin}" from "${d.path}" failed: the process before this one was ended because ${d.crash}; it is kept away until ${d.until}, unless its artifact changes or the admin API enables it`,
  ),
  plugin_breaker_open: entry(
    500,
    null,
    (d: { plugin: string; hook: string; reason: string }) =>
      `Run the plugin "${d.plugin}" (${d.hook}) failed: its breaker is open, for ${d.reason}`,
  ),
  event_loop_blocked: entry(
    500,
    null,
    (d: { culprit: string; place: string; ms: string }) =>
      `Serve requests failed: ${d.culprit} has blocked the event loop for ${d.ms} ms, at ${d.place}; move long computations out of the request, or make them pause`,
  ),
  plugin_export_missing: entry(
    500,
    null,
    (d: { plugin: string; path: string; found: string }) =>
      `Load the plugin "${d.plugin}" from "${d.path}" failed: the artifact exports ${d.found}; name one of these, or export it and build again`,
  ),
  plugin_config_invalid: entry(
    500,
    null,
    (d: { plugin: string; file: string; problems: string }) =>
      `Configure the plugin "${d.plugin}" in "${d.file}" failed: ${d.problems}`,
  ),
  session_invalid: entry(500, null, (d: { found: string }) => `Set the session failed: found ${d.found}, expected an object`),
  session_without_key: entry<void>(
    500,
    null,
    () => 'Save the session failed: it has no key; give setSession the key it belongs to',
  ),
  session_not_saved: entry(500, null, (d: { reason: string }) => `Save the session in the store failed: ${d.reason}`),

  // Plugins in workers
  worker_cpu_exceeded: entry(
    500,
    null,
    (d: { plugin: string; cpuMs: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: a call took more CPU time than cpu_ms (${d.cpuMs}) without giving way; raise it, or find the loop`,
  ),
  worker_silent: entry(
    500,
    null,
    (d: { plugin: string; ms: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: for ${d.ms} ms it has got round to nothing; let the plugin wait without blocking its thread`,
  ),
  worker_heap_exceeded: entry(
    500,
    null,
    (d: { plugin: string; memoryMb: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: its heap grew beyond memory_mb (${d.memoryMb}); raise it, or find what the plugin keeps`,
  ),
  worker_buffers_exceeded: entry(
    500,
    null,
    (d: { plugin: string; memoryMb: number; found: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: its buffers grew to ${d.found} MB, beyond memory_mb (${d.memoryMb}); raise it, or find what the plugin keeps`,
  ),
  worker_exited: entry(
    500,
    null,
    (d: { plugin: string; code: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: the plugin ended the worker (exit code ${d.code}); throw an error instead`,
  ),
  worker_failed: entry(
    500,
    null,
    (d: { plugin: string; reason: string }) => `Run the plugin "${d.plugin}" in its worker failed: ${d.reason}`,
  ),
  worker_load_slow: entry(
    500,
    null,
    (d: { plugin: string; ms: number }) =>
      `Load the plugin "${d.plugin}" into a worker failed: its module level code did not end within ${d.ms} ms`,
  ),
  worker_busy_after_call: entry(
    500,
    null,
    (d: { plugin: string; cpuMs: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: it took more CPU time than cpu_ms (${d.cpuMs}) after a call's timeout_ms had passed`,
  ),
  worker_resting: entry(
    500,
    null,
    (d: { plugin: string; deaths: number; ms: number }) =>
      `Run the plugin "${d.plugin}" in its worker failed: its worker has died ${d.deaths} times lately, and is not started again for ${d.ms} ms`,
  ),
  worker_closed: entry(
    500,
    null,
    (d: { plugin: string }) => `Run the plugin "${d.plugin}" in its worker failed: this version of it is no longer in use`,
  ),
  worker_unkillable: entry(
    500,
    null,
    (d: { plugin: string; reason: string }) =>
      `End the worker of the plugin "${d.plugin}" failed: it runs on, and only the end of the process will stop it (${d.reason})`,
  ),
  worker_permissions_missing: entry(
    500,
    null,
    (d: { plugin: string; path: string; missing: string }) =>
      `Plugin "${d.plugin}" ("${d.path}") asks for ${d.missing}, which its worker does not get; what needs it will fail with ERR_ACCESS_DENIED, unless "permissions" of its use in the definition grant it`,
  ),
  worker_variable_refused: entry(
    500,
    null,
    (d: { name: string }) =>
      `Set the variable "${d.name}" failed: found a value that cannot be copied between threads, expected data without functions and private classes, since the plugin runs in a worker`,
  ),
  worker_variable_left: entry(
    500,
    null,
    (d: { name: string }) =>
      `Read the variable "${d.name}" failed: its value cannot be copied into the worker that the plugin runs in; let the plugin that sets it give plain data, or run both inline`,
  ),
  worker_call_refused: entry(
    500,
    null,
    (d: { plugin: string; call: string }) =>
      `Use ${d.call} in the plugin "${d.plugin}" failed: a worker may not reach beyond its thread; run the plugin inline if it has to`,
  ),
  worker_config_refused: entry(
    500,
    null,
    (d: { plugin: string; reason: string }) =>
      `Configure the plugin "${d.plugin}" in its worker failed: its schema refuses now what it took before (${d.reason})`,
  ),
  worker_misunderstood: entry(
    500,
    null,
    (d: { what: string }) => `Understand a message between the gateway and a worker failed: ${d.what}`,
  ),

  // Start and stop
  worker_replaced: entry(
    500,
    null,
    (d: { pid: number; why: string; waitMs: number }) =>
      `Keep the worker process ${d.pid} running failed: ${d.why}; another is started ${d.waitMs === 0 ? 'at once' : `in ${d.waitMs} ms`}`,
  ),
  worker_without_supervisor: entry<void>(
    500,
    null,
    () => 'Run a worker process failed: no supervisor has started it; run "postern start", or "postern start --no-supervisor"',
  ),
  port_in_use: entry(
    500,
    null,
    (d: { port: number }) =>
      `Listen on port ${d.port} failed: another process listens there; stop it, or set listen_port (POSTERN_LISTEN_PORT) to a free one`,
  ),
  listen_failed: entry(
    500,
    null,
    (d: { address: string; port: number; reason: string }) =>
      `Listen on "${d.address}" port ${d.port} failed: ${d.reason}; check listen_address and listen_port`,
  ),

  // Development
  dev_hook_takes_one: entry(
    500,
    null,
    (d: { hook: string; exports: readonly string[] }) =>
      `Generate a definition failed: the hook ${d.hook} takes one plugin, found ${d.exports.map((name) => `"${name}"`).join(', ') || 'none'}; name it in dev.json, as in { "custom_middleware": { "${d.hook}": { "name": "…" } } }`,
  ),

  // The test kit
  tests_missing: entry(
    500,
    null,
    (d: { folder: string }) =>
      `Run the tests of "${d.folder}" failed: found no file whose name ends in .test.ts; \`postern plugin init\` writes one`,
  ),
  test_gateway_failed: entry(
    500,
    null,
    (d: { problems: readonly string[] }) =>
      `Open the gateway of a test failed:\n${d.problems.map((one) => `- ${one}`).join('\n')}`,
  ),
  test_gateway_closed: entry<void>(500, null, () => 'Send a request failed: the gateway of the test is closed already'),
  test_plugin_missing: entry(
    500,
    null,
    (d: { name: string; path: string }) =>
      `Read the plugin "${d.name}" of a test failed: expected a folder or an artifact (.js) at "${d.path}"; paths are relative to the working directory`,
  ),
  test_upstream_threw: entry(500, null, (d: { reason: string }) => `Answer as the upstream of a test failed: ${d.reason}`),
  test_log_silent: entry(
    500,
    null,
    (d: { message: string; lines: readonly string[] }) =>
      `Wait for "${d.message}" in the log failed: found ${d.lines.length} other lines${d.lines.map((line) => `\n- ${line}`).join('')}`,
  ),
  test_clock_missing: entry<void>(
    500,
    null,
    () => 'Advance the clock failed: time passes by itself; give gateway() a "clock" to begin at',
  ),
  test_clock_invalid: entry(
    500,
    null,
    (d: { found: string }) => `Set the clock of a test failed: found "${d.found}", expected a date, ISO 8601 or milliseconds`,
  ),
  test_clock_taken: entry<void>(
    500,
    null,
    () =>
      'Set the clock of a test failed: another holds the time of this process already; close that gateway, or reset the timers of node:test',
  ),
  test_response_foreign: entry<void>(
    500,
    null,
    () => 'Trace a response failed: expected one that fetch() of this gateway has returned',
  ),
  test_kv_unknown: entry(
    500,
    null,
    (d: { path: string | undefined; known: readonly string[] }) =>
      `Read the kv of ${d.path === undefined ? 'the plugin' : `"${d.path}"`} failed: the plugins are ${d.known.map((name) => `"${name}"`).join(', ') || 'none'}; name one`,
  ),
} satisfies Record<string, Entry<never>>

export type ErrorCode = keyof typeof catalogue
type DetailsOf<C extends ErrorCode> = (typeof catalogue)[C] extends Entry<infer D> ? D : never

/** An error of the catalogue. Match on `code`, never on the class: plugins and workers may hold a copy of it. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly code: ErrorCode
  /** The status a client gets, if the error ends a request. */
  readonly status: number
  /** What a client may read. */
  readonly client: string

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = catalogue[code].status
    this.client = catalogue[code].client ?? 'Internal Server Error'
  }
}

/** Makes an error of the catalogue: `failure('upstream_failed', undefined, cause)`. */
export function failure<C extends ErrorCode>(code: C, details: DetailsOf<C>, cause?: unknown): PosternError {
  const { message } = catalogue[code] as unknown as Entry<DetailsOf<C>>
  return new PosternError(code, message(details), cause)
}

/** Whether anything caught is an error of the catalogue, of this copy of the module or another. */
export function isFailure(error: unknown, code?: ErrorCode): error is PosternError {
  const found = property(error, 'code')
  if (typeof found !== 'string' || !Object.hasOwn(catalogue, found)) return false
  return code === undefined || found === code
}

/** A property of anything that was thrown, which may be a trap. */
export function property(thrown: unknown, name: string): unknown {
  try {
    return typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}

/** The text of anything that was thrown. */
export function textOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}
