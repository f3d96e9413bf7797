import { type Entry, entry } from './entry.ts'

/** Plugins in workers. */
export const workerErrors = {
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
} satisfies Record<string, Entry<never>>
