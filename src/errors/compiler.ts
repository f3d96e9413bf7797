import { type Entry, entry } from './entry.ts'

/** Compiling a plugin. */
export const compilerErrors = {
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
  load_changed_shared: entry(
    500,
    null,
    (d: { thrown: string }) =>
      `The module-level code changes what all plugins share: ${d.thrown}; a gateway loads this artifact only where the definition says "isolation": "worker"`,
  ),
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
} satisfies Record<string, Entry<never>>
