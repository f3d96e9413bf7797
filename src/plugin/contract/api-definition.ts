/** One plugin named in a hook of `custom_middleware`. */
export interface PluginUse {
  /** The exported function's name. */
  readonly name: string
  /** The artifact, relative to the folder of gateway.conf, or to the bundle. */
  readonly path: string
  readonly disabled?: boolean
  /** Given to the plugin as `c.var.config`. */
  readonly config?: unknown
  /** What a thrown error does: `fail` (the default) answers 500, `skip` goes on. */
  readonly on_error?: 'fail' | 'skip'
  /** Wall-clock limit of one call in milliseconds, time in `next()` left out. Default 10,000. */
  readonly timeout_ms?: number
  /** Where the plugin runs. Default `inline`. */
  readonly isolation?: 'inline' | 'worker'
  /** In a worker: the largest heap, in MB. Default 64. */
  readonly memory_mb?: number
  /** In a worker: CPU time of one call, in milliseconds. Default 1000. */
  readonly cpu_ms?: number
  /** In a worker: what the plugin may do beyond computing. Default nothing. */
  readonly permissions?: {
    readonly net?: boolean
    readonly child_process?: boolean
    readonly fs_read?: readonly string[]
    readonly fs_write?: readonly string[]
    readonly env?: readonly string[]
  }
}

/** One version in `version_data.versions`. */
export interface VersionInfo {
  readonly name?: string
  readonly use_extended_paths?: boolean
  readonly extended_paths?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/**
 * The API definition (classic format) as a plugin sees it: deep-frozen, with every field of the JSON file, also those
 * that the gateway does not know.
 */
export interface ApiDefinition {
  readonly name: string
  readonly api_id: string
  readonly org_id: string
  readonly use_keyless: boolean
  readonly proxy: {
    readonly listen_path: string
    readonly target_url: string
    readonly strip_listen_path: boolean
    readonly preserve_host_header?: boolean
    readonly [field: string]: unknown
  }
  readonly version_data: {
    readonly not_versioned: boolean
    readonly versions: Readonly<Record<string, VersionInfo>>
    readonly [field: string]: unknown
  }
  /** Free data for plugins. */
  readonly config_data?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}
