import type { Isolation } from '../../plugin/isolation/isolation.ts'
import type { Recording, SecretPlaces } from '../../request/chain/recording.ts'
import type { Identity } from '../../request/listener/certificates.ts'
import type { PathRule } from '../../request/rules/path-rule.ts'
import type { OpenSteps } from '../../request/steps/step-kind.ts'
import type { Versioning } from '../../request/steps/version/versioning.ts'
import type { UpstreamPlan } from '../../request/upstream/upstream-plan.ts'

/** One use of a plugin in a hook. */
export interface PluginUse {
  /** The exported function. */
  readonly name: string
  /** The artifact as the definition names it. */
  readonly path: string
  /** The artifact, absolute; one that was uploaded, as the definition names it. */
  readonly file: string
  /** Becomes `c.var.config`; deep-frozen. `{}` where the definition has none. */
  readonly config: unknown
  readonly onError: 'fail' | 'skip'
  /** Wall-clock limit of one call, in milliseconds. */
  readonly timeoutMs: number
  /** When the breaker opens: after `maxErrors` (0: never) within `windowMs`, for `cooldownMs`. */
  readonly breaker: { readonly maxErrors: number; readonly windowMs: number; readonly cooldownMs: number }
  readonly isolation: Isolation
  /** Where in the definition it is, for messages: `custom_middleware.pre[0]`. */
  readonly field: string
}

/** A plugin for the requests that match a rule (`extended_paths.js_plugin`). */
export interface PathPlugin extends PluginUse {
  readonly rule: PathRule
  /** Compared exactly. */
  readonly method: string
}

/** What an API says of its records. */
export interface RecordingPlan {
  /** Whether there are any. */
  readonly tracked: boolean
  /** Whether requests and responses are recorded whole. */
  readonly detailed: boolean
  readonly tags: readonly string[]
  /** Names in lower case. */
  readonly tagHeaders: readonly string[]
  /** How long they are kept, in seconds; 0 says nothing about that. */
  readonly expireAfter: number
  readonly secrets: SecretPlaces
  /** The plugins that see them, in this order. */
  readonly plugins: readonly PluginUse[]
}

/** What differs between the versions of an API. */
export interface DefinitionVersion {
  readonly name: string
  /** Where its requests go, in place of the API's own target; null: there. */
  readonly overrideTarget: URL | null
  /** Its built-in steps. */
  readonly steps: readonly OpenSteps[]
  /** In order of precedence: the first that matches runs. */
  readonly pathPlugins: readonly PathPlugin[]
  /** Paths that are not recorded, and those that are recorded as their rules; null where there are none. */
  readonly recordedPaths: Pick<Recording, 'untracked' | 'endpoints'>
}

/** The hooks whose plugins run in the order of the definition. */
export type ListHook = 'pre' | 'postKeyAuth' | 'post' | 'response'

/** What the data plane needs to know of one API, checked and with every alias resolved. */
export interface Definition {
  readonly apiId: string
  readonly name: string
  readonly orgId: string
  /** A host name or a pattern of host names, in the one way to write it; '' for any host. */
  readonly domain: string
  /** What clients are shown that ask for the domain; null where another one is. */
  readonly certificate: Identity | null
  /** Starts with a slash. */
  readonly listenPath: string
  /** Served only as a version of another API, or where another API loops to it. */
  readonly internal: boolean
  /** An http or https URL without credentials. */
  readonly targetUrl: URL
  readonly upstream: UpstreamPlan
  readonly stripListenPath: boolean
  readonly preserveHostHeader: boolean
  readonly useKeyless: boolean
  readonly hooks: Readonly<Record<ListHook, readonly PluginUse[]>>
  /** The plugin that authenticates; `null` where there is none, and on keyless APIs. */
  readonly authCheck: PluginUse | null
  /** Whether its session becomes the request's, or that of another kind of authentication. */
  readonly authCheckProvides: boolean
  readonly recording: RecordingPlan
  /** At least one. The first is the one that every request is served as, unless there is a choice. */
  readonly versions: readonly [DefinitionVersion, ...DefinitionVersion[]]
  /** How a request chooses among the versions, which it numbers, and other APIs; null where it does not. */
  readonly versioning: Versioning<number> | null
}
