/** The types of `postern/test`. They travel into every author's editor, and import nothing but the plugin contract. */
import type { ApiDefinition, KeyValue, PluginUse, Session } from 'postern/plugin'

/** What a gateway of a test consists of. */
export interface TestGatewayOptions {
  /** The API, or several; whatever a definition leaves out gets a default. */
  readonly definition?: PartialDefinition | readonly PartialDefinition[]
  /** The plugins, by the `path` under which a definition names them. */
  readonly plugins?: Readonly<Record<string, PluginSource>>
  /** What answers for every `target_url`. Default: a description of the request, as JSON. */
  readonly upstream?: UpstreamSource
  /**
   * Sessions by key. An API without an `auth_check` of its own then wants one of these keys in its `Authorization` header,
   * unless it sets `use_keyless`, or another kind of authentication.
   */
  readonly sessions?: Readonly<Record<string, Session>>
  /**
   * The time at which a clock stands that only {@link FakeClock.advance} moves: `Date`, `performance.now`, `setTimeout` and
   * `setInterval` of the whole process until the gateway closes. Without it time passes as ever.
   */
  readonly clock?: Date | string | number
  /** Keys of gateway.conf. `log_level` is `debug` unless given. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** A definition of which most fields may be missing: it is keyless, listens on `/` and has a name unless it says otherwise. */
export interface PartialDefinition {
  readonly name?: string
  readonly api_id?: string
  readonly org_id?: string
  /** Default: whether there are neither an `auth_check` nor sessions, and no kind of authentication is enabled. */
  readonly use_keyless?: boolean
  /** By default it listens on `/`, and the listen path is stripped. */
  readonly proxy?: Partial<ApiDefinition['proxy']>
  readonly custom_middleware?: PartialMiddleware
  readonly config_data?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

export interface PartialMiddleware {
  /** Default `jsplugin`. */
  readonly driver?: string
  readonly pre?: readonly PartialUse[]
  readonly auth_check?: PartialUse
  readonly post_key_auth?: readonly PartialUse[]
  readonly post?: readonly PartialUse[]
  readonly response?: readonly PartialUse[]
}

/** A plugin in a hook; its `path` is `plugin.js` unless given. */
export type PartialUse = Omit<PluginUse, 'path'> & { readonly path?: string }

/**
 * Where a plugin comes from:
 *
 * - a module, `import * as plugin from './plugin.ts'`: one instance for all tests of the file, and breakpoints hold
 * - a folder of TypeScript, which is bundled anew for each gateway; its types are not checked
 * - a compiled artifact (`.js`)
 *
 * Paths are relative to the working directory.
 */
export type PluginSource = object | string | URL

/** A function in the place of the upstream, or the URL of a real one. */
export type UpstreamSource = ((request: Request) => Response | Promise<Response>) | string | URL

/** A gateway in this process: the real chain, without a port. */
export interface TestGateway extends AsyncDisposable {
  /**
   * Sends a request through the gateway. A path goes out byte for byte; no header is added but `Host` and what the body needs,
   * redirects are not followed, and the body is not decoded.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** The steps that the request of this response took; waits for the response to end. No steps where no API took it. */
  trace(response: Response): Promise<RequestTrace>
  /** Every request that an API took, in the order in which they ended. */
  readonly traces: readonly RequestTrace[]
  /** What the upstream has seen; nothing where it is a URL. */
  readonly requests: readonly UpstreamRequest[]
  readonly log: CapturedLog
  /** What a plugin has in `kv`, by its `path`, which may be left out where there is one plugin. */
  kv(path?: string): KeyValue
  /** The session that is stored under a key. */
  session(key: string): Promise<Session | undefined>
  readonly clock: FakeClock
  /** Ends requests, disposes plugins, and lets time pass again. Idempotent; `await using` calls it. */
  close(): Promise<void>
}

/** A request that has ended, and the steps it took. */
export interface RequestTrace {
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  readonly status: number
  /** From the first step to the last byte of the response, in milliseconds. */
  readonly ms: number
  /** In the order in which they began. */
  readonly steps: readonly StepTrace[]
}

export interface StepTrace {
  /** The plugin as the definition names it, a built-in step, or `proxy` for the call of the upstream. */
  readonly name: string
  /** The hook, or `proxy`. */
  readonly phase: string
  /**
   * `go-on`: the chain went on after it. `done`: the rest of the chain ran inside it. `answered`: what follows was not run.
   * `refused`: the same, with an error of the gateway's. `threw`: it failed, and the request ended with that. `skipped`: it
   * failed, and the chain went on (`on_error: skip`). `gone`: it had not ended when the client went away.
   */
  readonly outcome: 'go-on' | 'done' | 'answered' | 'refused' | 'threw' | 'skipped' | 'gone'
  /** The id of the API whose step it is. */
  readonly api: string
  /** When it began, in milliseconds after the request did. */
  readonly at: number
  /** How long it ran, in milliseconds, without the steps that ran inside it. */
  readonly ms: number
  /** How many steps it ran inside of. */
  readonly depth: number
  /** The message of what it failed or refused with; `null` if it did not. */
  readonly error: string | null
  /** The code of that, for instance `plugin_timeout`; `null` where it has none. */
  readonly code: string | null
}

/** A request as it arrived at the upstream. */
export interface UpstreamRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly target: string
  readonly headers: Headers
  /** Names as they were sent, with their values. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
  text(): string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the plugin has sent.
  json<T = any>(): T
}

/** What the gateway and its plugins have logged. */
export interface CapturedLog {
  readonly lines: readonly LogLine[]
  /** The first line whose message contains the text or matches; waits up to 5 seconds for it. */
  waitFor(message: string | RegExp): Promise<LogLine>
}

export interface LogLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  readonly msg?: string
  /** The plugin that wrote it. */
  readonly plugin?: string
  readonly [field: string]: unknown
}

/** The clock of a gateway that was given the time. */
export interface FakeClock {
  /** Milliseconds of Unix time. */
  now(): number
  /** Lets time pass: timers that are due fire, what lives too long expires. Resolves when they have run. */
  advance(ms: number): Promise<void>
}
