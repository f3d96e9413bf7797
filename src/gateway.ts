import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { adminApps } from './control/admin/app.ts'
import { controlPort } from './control/admin/control-port.ts'
import { openKeyTools } from './control/admin/keys/open-key-tools.ts'
import { healthOf } from './control/admin/store-health.ts'
import type { ApiTools } from './control/compile-api.ts'
import { bundleSettings } from './control/config/bundle-settings.ts'
import { certificateFiles, listenError, listenerSettings, urlOf } from './control/config/listener-settings.ts'
import { redact } from './control/config/redact.ts'
import type { Config } from './control/config/schema.ts'
import { cacheSettings, keySettings, rateLimitSettings } from './control/config/session-settings.ts'
import { upstreamSettings } from './control/config/upstream-settings.ts'
import { DefinitionFiles } from './control/definition/definition-files.ts'
import { definitionOptions } from './control/definition/definition-options.ts'
import { middlewareProblems } from './control/definition/read-hooks.ts'
import type { DefinitionText } from './control/definition/read-texts.ts'
import { enablePlugin } from './control/enable-plugin.ts'
import { loadSnapshot } from './control/load-snapshot.ts'
import { openLogLevel } from './control/log-level.ts'
import { reportPlugins } from './control/plugin-report.ts'
import { PluginUploads } from './control/plugin-uploads.ts'
import { NO_POLICIES } from './control/policy/load-policies.ts'
import { PolicyFiles } from './control/policy/policy-files.ts'
import { Reloader, type ReloadReport } from './control/reload.ts'
import { type Observer, Snapshot } from './control/snapshot.ts'
import { ServerCertificates } from './control/tls/server-certificates.ts'
import { openTrials } from './control/trial/trials.ts'
import { textOf } from './errors.ts'
import { type Logger, openLog } from './log.ts'
import { Bundles } from './plugin/bundle/bundles.ts'
import type { CrashRecord } from './plugin/crash-record.ts'
import { endProcess } from './plugin/isolation/end-process.ts'
import { dropCompilationCache } from './plugin/loader.ts'
import { UPLOAD_SPACE } from './plugin/own-space.ts'
import { installLateFailureHandlers, type MapStack, type PluginOwner, reportLateFailure } from './plugin/owner.ts'
import { PluginStates } from './plugin/plugin-states.ts'
import { Quarantine } from './plugin/quarantine.ts'
import { type ArtifactSource, fromFiles, PluginRegistry } from './plugin/registry.ts'
import type { Onlooker } from './plugin/scope/scope.ts'
import { openStackMapper, type StackMapper } from './plugin/stack.ts'
import { Uploads } from './plugin/uploads/uploads.ts'
import { ArtifactWatcher } from './plugin/watch.ts'
import type { Certificates } from './request/listener/certificates.ts'
import { Listener, type ListeningSocket } from './request/listener/listener.ts'
import { Breakers } from './request/steps/circuit-breaker/breakers.ts'
import { KeySets } from './request/steps/jwt/key-sets.ts'
import { SessionKeeper } from './request/steps/session/session-keeper.ts'
import type { Connect } from './request/upstream/connections.ts'
import { Upstreams } from './request/upstream/upstream.ts'
import { KeyForms } from './session/keys/key-forms.ts'
import { StoredPasswords } from './session/passwords/stored-passwords.ts'
import { StoredSessions } from './session/stored-sessions.ts'
import { GROUP_RELOAD } from './store/notices.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { onlyChild, type Siblings } from './supervisor/siblings.ts'
import type { RequestObserver } from './telemetry/finished-request.ts'
import { openTelemetry, type Telemetry } from './telemetry/telemetry.ts'
import { current, type Version } from './version.ts'

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
  /** Whether the port is opened. Default true; without it connections are handed to {@link Gateway.accept}. */
  readonly listen?: boolean
}

/** A running gateway. */
export interface Gateway {
  /** 0 where it does not listen. */
  readonly port: number
  /** Where it can be reached from this machine. */
  readonly url: string
  /** What the last load made of the definitions. */
  readonly report: ReloadReport
  /** The socket it listens on, to be left to another process. */
  readonly socket: ListeningSocket
  /** Serves a connection that came by other means than the port. */
  accept(connection: Duplex): void
  /** Loads definitions and plugins anew; rejects, and changes nothing, if there is nothing to load from. */
  reload(): Promise<ReloadReport>
  /** From here on `/ready` says that no traffic should be sent. */
  drain(): void
  /** Stops to listen, waits for what is under way, and frees everything. Idempotent. */
  close(): Promise<void>
}

/** Wires the parts of a gateway and starts it. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    config,
    log: givenLog,
    version = current,
    env = process.env,
    onlooker,
    onUnkillable = (owner, reason) => endProcess(log, owner, reason),
    legacy,
    siblings = onlyChild(),
    standIns = {},
  } = options
  const log = givenLog ?? (await openLog({ level: config.log_level, format: config.log_format }))
  dropCompilationCache()
  const store = standIns.store ?? (await openStore({ settings: config.storage, folder: config.data_path, log }))
  const stacks = standIns.stacks ?? openStackMapper()
  const upstreams = new Upstreams({ ...upstreamSettings(config), log, connect: standIns.connect })
  const passwords = new StoredPasswords()
  const keySets = new KeySets({
    timeoutMs: config.jwks.cache.timeout * 1000,
    intervalMs: config.jwks.refetch_interval * 1000,
    log,
  })
  const states = new PluginStates()
  const quarantine = new Quarantine({ records: legacy?.crashes ?? [], durationMs: config.plugin_quarantine_ms })
  const uploads = await Uploads.open({
    folder: join(config.data_path, 'plugins'),
    kv: store.kv(UPLOAD_SPACE),
    shared: store.status().type === 'redis',
    version,
    signing: config.signing,
    log,
  })
  const registry = new PluginRegistry({
    version,
    signing: config.signing,
    log,
    kv: (namespace) => store.kv(namespace),
    quarantine,
    onlooker,
    source: uploads.sourceBefore(standIns.artifacts ?? fromFiles),
    isolation: {
      maxPluginBody: config.max_plugin_body,
      onFailedLate: (artifact, owner, thrown) => {
        states.noteLateFailure(owner, thrown)
        void reportLateFailure(owner, thrown, (_, stack) => stacks.map(artifact, stack))
      },
      onUnkillable,
    },
  })
  const mapStack: MapStack = async (owner, stack) => {
    const artifact = registry.artifactOf(owner)
    return artifact ? stacks.map(artifact, stack) : stack
  }
  const uninstall = installLateFailureHandlers(log, mapStack, {
    onFailure: (owner, thrown) => states.noteLateFailure(owner, thrown),
    endsProcess: standIns.endsProcess ?? true,
  })
  const sessions = new StoredSessions({
    store: store.sessions,
    forms: new KeyForms(keySettings(config)),
    cache: cacheSettings(config),
    log,
  })
  const openOwn = () =>
    openTelemetry({
      config,
      log,
      siblings,
      view: {
        version,
        apis: () => snapshot.apis,
        report: () => lastReport,
        store: () => store.status(),
        inFlight: () => worlds.values().reduce((sum, { inside }) => sum + inside, 0),
      },
      onRequest: standIns.onRequest,
    })
  const telemetry = standIns.telemetry ?? (await openOwn())
  const tools: ApiTools = {
    log,
    registry,
    states,
    upstreams,
    stacks,
    sessions: new SessionKeeper(sessions),
    allSessions: sessions,
    meters: telemetry.plugins,
    steps: {
      passwords,
      keySets,
      counters: store.counters,
      breakers: new Breakers(),
      rateLimits: rateLimitSettings(config),
      cache: store.cache,
      cacheMaxEntrySize: config.cache_max_entry_size,
    },
    proxyTimeoutMs: config.proxy_default_timeout * 1000,
    maxPluginBody: config.max_plugin_body,
  }
  const bundles = new Bundles({
    settings: bundleSettings(config),
    version,
    signing: config.signing,
    log,
    env,
    checkMiddleware: middlewareProblems,
    onArrival: () => void reloader.request().catch((error) => log.error({ err: error }, textOf(error))),
  })
  const observer: Observer = (exchange) => {
    // What `auth_check` saves is stored before the request goes on; what any other plugin saves, when it has ended.
    if (exchange.pluginSession?.save || exchange.leftSessions) void tools.sessions.keep(exchange)
    telemetry.observe(exchange)
  }

  let snapshot = Snapshot.empty()
  /** Those that requests may be in. */
  const worlds = new Set([snapshot])
  let policies = NO_POLICIES
  let lastReport: ReloadReport = { apis: 0, failed: [], quarantined: [] }
  let draining = false
  const retiring = new Set<Promise<void>>()
  const retire = (old: Snapshot) => {
    const retired = old
      .retire()
      .catch((error) => log.error({ err: error }, `Release what a reload replaced failed: ${textOf(error)}`))
    retiring.add(retired)
    void retired.then(() => {
      retiring.delete(retired)
      worlds.delete(old)
    })
  }
  const certificates = config.http_server_options.use_ssl ? new ServerCertificates(certificateFiles(config), log) : null
  const reloader = new Reloader(async () => {
    await uploads.refresh()
    const unusable = (await certificates?.load()) ?? []
    const {
      next,
      policies: nextPolicies,
      report,
    } = await loadSnapshot({
      config,
      tools,
      bundles,
      env,
      definitions: standIns.definitions,
      observer,
      previous: snapshot,
      previousPolicies: policies,
    })
    const old = snapshot
    snapshot = next
    worlds.add(next)
    policies = nextPolicies
    sessions.usePolicies(policies.policies)
    lastReport = { ...report, failed: [...unusable, ...report.failed] }
    if (certificates) useCertificates(certificates.with(next.certificates))
    retire(old)
    watcher?.follow()
    awaitQuarantine()
    return lastReport
  }, telemetry.noteReload)
  let quarantineEnds: NodeJS.Timeout | undefined
  const awaitQuarantine = () => {
    clearTimeout(quarantineEnds)
    const left = quarantine.nextEndMs
    if (left === null) return
    quarantineEnds = setTimeout(() => {
      log.info('Plugins that were kept away are tried again, reloading')
      reloader.request().catch((error) => log.error({ err: error }, textOf(error)))
    }, left + 1)
    quarantineEnds.unref()
  }

  const watcher = config.watch_plugins
    ? new ArtifactWatcher({
        files: () => registry.files,
        hasChanged: (file) => registry.hasChanged(file),
        onChange: async (files) => {
          log.info({ files }, 'Plugins changed, reloading')
          await reloader.request().catch((error) => log.error({ err: error }, textOf(error)))
        },
      })
    : null

  const admin = adminApps({
    secret: config.secret,
    hostname: config.control_api_hostname,
    shownConfig: config.enable_config_inspection ? redact(config) : null,
    log,
    version,
    apis: () => snapshot.apis,
    policies: () => policies,
    report: () => lastReport,
    keys: openKeyTools({
      config,
      store: store.sessions,
      counters: store.counters,
      sessions,
      hashPassword: (password) => passwords.hash(password),
      apis: () => snapshot.apis,
      log,
    }),
    policyFiles: new PolicyFiles({ settings: config.policies, loaded: () => policies }),
    definitionFiles: new DefinitionFiles({
      folder: standIns.definitions ? null : config.app_path,
      options: () => definitionOptions(config, env),
      loaded: () => snapshot.apis.map(({ loaded }) => loaded),
      failed: () => lastReport.failed,
    }),
    reload: () => reloader.request(),
    plugins: () => reportPlugins(registry, snapshot.apis),
    enablePlugin: (id) => {
      return enablePlugin(id, { apis: snapshot.apis, registry, quarantine, reload: () => reloader.request() })
    },
    uploads: new PluginUploads({
      uploads,
      registry,
      largest: config.plugin_upload_max_size,
      apis: () => snapshot.apis,
      announce: () => store.notices.publish({ command: GROUP_RELOAD, payload: '' }),
      reload: () => reloader.request(),
    }),
    requests: telemetry.requests,
    tryRequest: openTrials({ open: openGateway, options: { ...options, onUnkillable }, store, stacks }),
    clearCache: (apiId) => store.cache.clear(apiId),
    reloadGroup: () => store.notices.publish({ command: GROUP_RELOAD, payload: '' }),
    status: () => healthOf(store.status(), draining),
    ...openLogLevel(log, siblings),
  })
  const unsubscribe = store.notices.subscribe((notice) => {
    if (notice !== null && notice.command !== GROUP_RELOAD) return
    reloader.request().catch((error) => log.error({ err: error }, textOf(error)))
  })
  const control = controlPort({ config, siblings, fetch: admin.app.fetch, log })
  const listener = new Listener({
    world: () => snapshot,
    fetch: control ? admin.onlyHealth.fetch : admin.app.fetch,
    log,
    ...listenerSettings(config),
    traced: telemetry.traced,
    onStranger: telemetry.onStranger,
  })

  const useCertificates = (shown: Certificates) => {
    listener.useCertificates(shown)
    control?.useCertificates(shown)
  }

  const release = async () => {
    await control?.close()
    watcher?.close()
    unsubscribe()
    clearTimeout(quarantineEnds)
    retire(snapshot)
    await Promise.all(retiring)
    sessions.close()
    await telemetry.close()
    await Promise.all([bundles.close(), stacks.close(), passwords.close(), keySets.close(), store.close()])
    uninstall()
  }
  let port = 0
  try {
    await reloader.request()
    if (standIns.listen !== false) {
      await control?.open()
      port = await listener.open(config.listen_port, config.listen_address, { socket: legacy?.socket })
    }
    await telemetry.open()
  } catch (cause) {
    await release()
    throw listenError(cause, config)
  }

  let closed: Promise<void> | null = null
  const close = async () => {
    draining = true
    await listener.close(config.graceful_shutdown_timeout_duration * 1000)
    await release()
  }
  return {
    port,
    url: urlOf(config, port),
    get report() {
      return lastReport
    },
    get socket() {
      return listener.socket
    },
    accept: (connection) => listener.accept(connection),
    reload: () => reloader.request(),
    drain: () => {
      draining = true
    },
    close: () => {
      closed ??= close()
      return closed
    },
  }
}
