import { type Entry, entry } from './entry.ts'

/** What a plugin does to a request. */
export const pluginErrors = {
  plugin_threw: entry(
    500,
    null,
    (d: { plugin: string; hook: string; reason: string }) => `Run the plugin "${d.plugin}" (${d.hook}) failed: ${d.reason}`,
  ),
  shared_object_protected: entry(
    500,
    null,
    (d: { reason: string }) =>
      `${d.reason} (built-in objects, globals and definitions are shared by all plugins and cannot be changed; for built-in objects of its own, run the plugin with "isolation": "worker")`,
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
  record_result_invalid: entry(
    500,
    null,
    (d: { plugin: string; found: string }) =>
      `Use what the analytics plugin "${d.plugin}" returned failed: found ${d.found}, expected nothing, or false to drop the record`,
  ),
  record_field_invalid: entry(
    500,
    null,
    (d: { plugin: string; field: string; found: string; expected: string }) =>
      `Use the record that the analytics plugin "${d.plugin}" has changed failed: found ${d.found} in "${d.field}", expected ${d.expected}`,
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
      `Load the plugin "${d.plugin}" from "${d.path}" failed: a process of this gateway was ended because ${d.crash}; it is kept away until ${d.until}, unless its artifact changes or the admin API enables it`,
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
} satisfies Record<string, Entry<never>>
