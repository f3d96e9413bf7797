import type { Config } from './control/config/schema.ts'
import type { DefinitionText } from './control/definition/read-texts.ts'
import type { Logger } from './log.ts'
import type { CrashRecord } from './plugin/crash-record.ts'
import type { PluginOwner } from './plugin/owner.ts'
import type { ArtifactSource } from './plugin/registry.ts'
import type { Onlooker } from './plugin/scope/scope.ts'
import type { StackMapper } from './plugin/stack.ts'
import type { ListeningSocket } from './request/listener/listener.ts'
import type { Connect } from './request/upstream/connections.ts'
import type { Store } from './store/store.ts'
import type { Siblings } from './supervisor/siblings.ts'
import type { RequestObserver } from './telemetry/finished-request.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Version } from './version.ts'

export interface GatewayOptions {
  readonly config: Config
  /** Made from the configuration unless given. */
  readonly log?: Logger
  /** The running build unless given. */
  readonly version?: Version
  /** Where the credentials of an s3 store and the secrets of definitions are; of the process unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** Is told whose code runs here: the watchdog. */
  readonly onlooker?: Onlooker
  /** Is called before a plugin runs in this process, each time one is loaded. */
  readonly beforePlugins?: () => void
  /** A plugin's worker does not end, whatever is tried; ends the process unless given. */
  readonly onUnkillable?: (owner: PluginOwner, reason: string) => void
  /** What the process that this one stands in for leaves to it. */
  readonly legacy?: Legacy
  /** The processes that are this gateway together; this one alone unless given. */
  readonly siblings?: Siblings
  /** What stands in for the outside world, in tests and in development. */
  readonly standIns?: StandIns
}

/** What is left of a process that ended before its time. */
export interface Legacy {
  /** Why processes had to be ended; the plugins to blame are not loaded for `plugin_quarantine_ms`. */
  readonly crashes: readonly CrashRecord[]
  /** The socket it listened on, if it came that far. */
  readonly socket?: ListeningSocket | undefined
  /** Where the process listens that has the store; this one opens the store itself unless given. */
  readonly storePath?: string | undefined
  /** Calls `listener` with what processes beside this one had to be ended for. */
  readonly onCrash?: (listener: (crash: CrashRecord) => void) => void
}

/** Each takes the place of what a gateway reads, keeps or connects to by itself. */
export interface StandIns {
  /** The definitions, in place of the files of `app_path`. */
  readonly definitions?: () => Promise<readonly DefinitionText[]>
  /** Where artifacts come from, in place of the files that definitions name. */
  readonly artifacts?: ArtifactSource
  /** Opens connections to upstreams, in place of the network. */
  readonly connect?: Connect
  /** What outlives a request. The gateway closes it. */
  readonly store?: Store
  /** Is told of every request that has ended; each then has a trace. */
  readonly onRequest?: RequestObserver
  /** What records requests. */
  readonly telemetry?: Telemetry
  /** Maps the stacks of plugins. The gateway closes it. */
  readonly stacks?: StackMapper
  /** Whether an error that is no plugin's and that nobody catches ends the process. Default true. */
  readonly endsProcess?: boolean
  /** Whether the port is opened. Default true; without it connections are handed to `accept`. */
  readonly listen?: boolean
}
