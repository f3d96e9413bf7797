import * as z from 'zod'
import { stepKinds } from '../../request/steps/index.ts'
import { type Nested, nestedIn } from './nested.ts'
import { isSet } from './unsupported-fields.ts'
import { proxyUpstreamFields, upstreamFieldNames, upstreamFields } from './upstream/schema.ts'

/**
 * The fields of a definition that Postern supports. Objects are loose, so that what else is in a definition stays there. `null` for
 * an object or a list means that it is absent.
 */

/** Longer timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1
/** A breaker keeps the time of each error that it counts. */
const MOST_ERRORS = 10_000

/** A worker's own program needs about 10 MB. */
const LEAST_MEMORY = 16
const MOST_MEMORY = 65_536

const flag = z.boolean().default(false)
const text = z.string().default('')
const name = z.string().min(1)

function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

/** An object whose absence means the same as an empty one. */
function optional<T extends z.ZodObject>(object: T) {
  return z.preprocess((value) => value ?? {}, object)
}

/** An entry that says `disabled` is not looked at any further. */
function unlessDisabled<T extends z.ZodRawShape>(shape: T) {
  const enabled = z.looseObject({ disabled: z.literal(false).optional(), ...shape })
  return z.discriminatedUnion('disabled', [z.looseObject({ disabled: z.literal(true) }), enabled])
}

/** What an isolated plugin may do; what is not granted is denied. */
export const permissionsSchema = z.looseObject({
  /** Connections to anywhere, and name look-ups. Default false. */
  net: flag,
  /** Starting programs, which are then bound by nothing. Default false. */
  child_process: flag,
  /** Files and folders that may be read, relative to the folder of gateway.conf. Default none. */
  fs_read: z.array(name).default([]),
  /** Files and folders that may be written, likewise. Default none. */
  fs_write: z.array(name).default([]),
  /** Names of the gateway's environment variables that the plugin sees. Default none. */
  env: z.array(name).default([]),
})

const milliseconds = z.int().min(1).max(LONGEST_TIMER)

/** When a plugin's breaker opens. */
const breakerFields = {
  /** How many errors or timeouts within `window_ms` open the breaker: the plugin is not called, `on_error` applies. 0 means never. Default 0. */
  max_errors: z.int().min(0).max(MOST_ERRORS).default(0),
  /** The time in which `max_errors` are counted, in milliseconds. Default 60000. */
  window_ms: milliseconds.default(60_000),
  /** How long an open breaker keeps calls away before one is tried, in milliseconds. Default 30000. */
  cooldown_ms: milliseconds.default(30_000),
}

/** How a plugin is run; the same fields in hooks and in path rules. */
const runFields = {
  /** Given to the plugin as `c.var.config`. Default `{}`. */
  config: z.unknown().optional(),
  /** What a thrown error does: `fail` answers 500, `skip` goes on. Default `fail`. */
  on_error: z.enum(['fail', 'skip']).default('fail'),
  /** Wall-clock limit of one call, in milliseconds. Default 10000. */
  timeout_ms: milliseconds.default(10_000),
  ...breakerFields,
  /** Where the plugin runs: `inline`, in the gateway's own thread, or `worker`, in a thread of its own with limits. Default `inline`. */
  isolation: z.enum(['inline', 'worker']).default('inline'),
  /** In a worker: the largest heap, in MB; buffers outside of it have the same limit again. Default 64. */
  memory_mb: z.int().min(LEAST_MEMORY).max(MOST_MEMORY).optional(),
  /** In a worker: CPU time that a call may take without giving way, in milliseconds. Default 1000. */
  cpu_ms: milliseconds.optional(),
  /** In a worker: what the plugin may do beyond computing. Default nothing. */
  permissions: permissionsSchema.optional(),
}

/** A plugin in a hook of `custom_middleware`. */
export const hookEntrySchema = unlessDisabled({ name, path: name, ...runFields })
export type HookEntry = z.infer<typeof hookEntrySchema>

/** How an analytics plugin is run. */
const recordRunFields = {
  /** Given to the plugin as `call.config`. Default `{}`. */
  config: z.unknown().optional(),
  /** What a thrown error does to the record: `skip` leaves it as it was before the plugin, `fail` drops it. Default `skip`. */
  on_error: z.enum(['fail', 'skip']).default('skip'),
  /** Wall-clock limit of one call, in milliseconds. Default 1000. */
  timeout_ms: milliseconds.default(1000),
  ...breakerFields,
  /** Where the plugin runs: `inline` alone. */
  isolation: z.literal('inline').default('inline'),
}

/** A plugin in `custom_middleware.traffic_logs`. */
export const trafficLogSchema = unlessDisabled({ name, path: name, ...recordRunFields })
export type TrafficLogEntry = z.infer<typeof trafficLogSchema>

/** `analytics_plugin`: another place to name a plugin of records. */
const analyticsPluginSchema = z.looseObject({
  /** Whether it is run. Default false. */
  enable: flag,
  plugin_path: text,
  func_name: text,
  ...recordRunFields,
})

/** An entry of `track_endpoints` and of `do_not_track_endpoints`. */
export const trackedPathSchema = unlessDisabled({ path: name, method: name })

/** A plugin in `extended_paths.js_plugin`. */
export const pathEntrySchema = unlessDisabled({ plugin_path: name, path: name, method: name, func_name: name, ...runFields })
export type PathEntry = z.infer<typeof pathEntrySchema>

export const middlewareSchema = z.looseObject({
  driver: text,
  pre: list(hookEntrySchema),
  /** One that is empty, field by field, is none. */
  auth_check: z.preprocess((value) => (isSet(value) ? value : undefined), hookEntrySchema.optional()),
  post_key_auth: list(hookEntrySchema),
  /** Another name of `post_key_auth`. */
  post_auth_check: list(hookEntrySchema),
  post: list(hookEntrySchema),
  response: list(hookEntrySchema),
  /** Plugins that see, and may change, the records of requests. */
  traffic_logs: list(trafficLogSchema),
})
export type Middleware = z.infer<typeof middlewareSchema>

export const versionSchema = z.looseObject({
  name: text,
  /** The URL that requests of the version are sent to, in place of `proxy.target_url`; empty: there. Default empty. */
  override_target: text,
  use_extended_paths: flag,
  /** Whether letters of its path rules match in either case. Default false. */
  ignore_endpoint_case: flag,
  /** Its lists of paths, where it does not use extended paths. */
  paths: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((lists) => lists ?? {}),
  extended_paths: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((sections) => sections ?? {}),
})
export type VersionFields = z.infer<typeof versionSchema>

export const versionDataSchema = z.looseObject({
  not_versioned: flag,
  default_version: text,
  versions: z
    .record(z.string(), versionSchema)
    .nullish()
    .transform((versions) => versions ?? {}),
})

/** `definition`: how requests tell which version they want. */
const versioningSchema = z.looseObject({
  /** Whether `versions` counts. Default false. */
  enabled: flag,
  /** What requests call the API's own version, beside those in `versions`. */
  name: text,
  /** The version, among those in `versions`, of requests that name none; `self` is the API's own. Default: they are refused. */
  default: text,
  /** Where requests name a version: in a `header`, in a parameter of the query (`url-param`), or in the path (`url`). */
  location: z.enum(['', 'header', 'url-param', 'url']).default(''),
  /** The name of the header or the parameter. */
  key: text,
  /** Whether the version's name is kept from the upstream. Default false. */
  strip_versioning_data: flag,
  /** Another name of `strip_versioning_data`. */
  strip_path: flag,
  /** With `url`: what names of versions look like; a first segment that does not match is none. Default: every one is taken for one. */
  url_versioning_pattern: text,
  /** Whether requests for a version that there is not are served as the default one. Default false. */
  fallback_to_default: flag,
  /** Other APIs as versions of this one: their ids by the names that requests have for them. */
  versions: z
    .record(z.string(), z.string())
    .nullish()
    .transform((versions) => versions ?? {}),
})

export const proxySchema = z.looseObject({
  listen_path: name,
  target_url: name,
  strip_listen_path: flag,
  preserve_host_header: flag,
  ...proxyUpstreamFields,
})

export const definitionSchema = z.looseObject({
  name,
  api_id: name,
  org_id: text,
  /** Not consulted: a definition in the folder is served. */
  active: z.unknown().optional(),
  use_keyless: flag,
  custom_plugin_auth_enabled: flag,
  /** Another name of `custom_plugin_auth_enabled`. */
  use_go_plugin_auth: flag,
  domain: text,
  domain_disabled: flag,
  /** Not on any path: served as a version of another API, or where another API loops to it. Default false. */
  internal: flag,
  /** A PEM file with the certificate for the domain and its key, relative to the folder of gateway.conf. */
  certificates: list(name),
  proxy: proxySchema,
  definition: optional(versioningSchema),
  version_data: z.preprocess((value) => value ?? { not_versioned: true }, versionDataSchema),
  custom_middleware: optional(middlewareSchema),
  /** Bundles, separated by commas, whose `custom_middleware` replaces the one here. */
  custom_middleware_bundle: text,
  custom_middleware_bundle_disabled: flag,
  ...upstreamFields,
  /** Whether its requests are not recorded. Default false. */
  do_not_track: flag,
  /** Whether its requests and their responses are recorded whole. Default false. */
  enable_detailed_recording: flag,
  /** How long its records are kept, in seconds; 0 says nothing about that. Default 0. */
  expire_analytics_after: z.int().min(0).default(0),
  /** Request headers whose values become tags of records: `<name>-<value>`, the name in lower case. Default none. */
  tag_headers: list(name),
  /** Tags of its records. Default none. */
  tags: list(z.string()),
  /** Whether `tags` is left alone. Default false. */
  tags_disabled: flag,
  analytics_plugin: optional(analyticsPluginSchema),
  /** Free data for plugins. */
  config_data: z.record(z.string(), z.unknown()).nullish(),
})
export type DefinitionFields = z.infer<typeof definitionSchema>

const namesOf = (object: 'definition' | 'proxy' | 'version' | 'paths' | 'extendedPaths') =>
  stepKinds.flatMap(({ fields }) => Object.keys(fields[object] ?? {}))

const PATH_PLUGINS = ['js_plugin', 'go_plugin']
const TRACKED_PATHS = ['track_endpoints', 'do_not_track_endpoints']
const pathEntryFields = ['disabled', 'plugin_path', 'path', 'method', 'func_name', ...Object.keys(runFields)]

/** The names of the supported fields, by the object they are in. */
export const supportedFields = {
  definition: [...Object.keys(definitionSchema.shape), ...namesOf('definition')],
  versioning: Object.keys(versioningSchema.shape),
  proxy: [...Object.keys(proxySchema.shape), ...namesOf('proxy')],
  versionData: Object.keys(versionDataSchema.shape),
  version: [...Object.keys(versionSchema.shape), ...namesOf('version')],
  paths: namesOf('paths'),
  /** By the name of the section: the fields of its entries. */
  extendedPaths: new Map<string, readonly string[]>([
    ...PATH_PLUGINS.map((name) => [name, pathEntryFields] as const),
    ...TRACKED_PATHS.map((name) => [name, ['disabled', 'path', 'method']] as const),
    ...stepKinds.flatMap(({ fields }) =>
      Object.entries(fields.extendedPaths ?? {}).map(
        ([name, entry]) => [name, 'shape' in entry ? Object.keys(entry.shape) : []] as const,
      ),
    ),
  ]),
  middleware: Object.keys(middlewareSchema.shape),
  hookEntry: ['disabled', 'name', 'path', ...Object.keys(runFields)],
  trafficLog: ['disabled', 'name', 'path', ...Object.keys(recordRunFields)],
  analyticsPlugin: Object.keys(analyticsPluginSchema.shape),
  ...upstreamFieldNames,
} as const

/** What built-in steps read of a definition that has fields within. */
export const nestedOfSteps: readonly Nested[] = stepKinds.flatMap(({ fields }) => nestedIn(fields.definition ?? {}))

/** The same of the entries of a section, by its name. */
export const nestedOfSections: ReadonlyMap<string, readonly Nested[]> = new Map(
  stepKinds.flatMap(({ fields }) =>
    Object.entries(fields.extendedPaths ?? {}).map(
      ([name, entry]) => [name, 'shape' in entry ? nestedIn(entry.shape) : []] as const,
    ),
  ),
)

/** The objects among the fields that built-in steps read of a definition, by the name of the field. */
export const nestedFields: ReadonlyMap<string, z.ZodObject> = new Map(
  nestedOfSteps.filter(({ place }) => place === 'field').map(({ name, schema }) => [name, schema]),
)
