import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { adminApps } from './control/admin/app.ts'
import { openKeyTools } from './control/admin/keys/open-key-tools.ts'
import { healthOf } from './control/admin/store-health.ts'
import type { ApiTools } from './control/compile-api.ts'
import { bundleSettings } from './control/config/bundle-settings.ts'
import { certificateFiles, urlOf } from './control/config/listener-settings.ts'
import { recordingSettings } from './control/config/recording-settings.ts'
import { redact } from './control/config/redact.ts'
import { cacheSettings, keySettings, rateLimitSettings } from './control/config/session-settings.ts'
import { upstreamSettings } from './control/config/upstream-settings.ts'
import { DefinitionFiles } from './control/definition/definition-files.ts'
import { definitionOptions } from './control/definition/definition-options.ts'
import { middlewareProblems } from './control/definition/read-hooks.ts'
import { enablePlugin } from './control/enable-plugin.ts'
import { loadSnapshot } from './control/load-snapshot.ts'
import { openLogLevel } from './control/log-level.ts'
import { reportPlugins } from './control/plugin-report.ts'
import { PluginUploads } from './control/plugin-uploads.ts'
import { NO_POLICIES } from './control/policy/load-policies.ts'
import { PolicyFiles } from './control/policy/policy-files.ts'
import { makePorts } from './control/ports.ts'
import { Reloader, type ReloadReport } from './control/reload.ts'
import type { Observer } from './control/snapshot.ts'
import { ServerCertificates } from './control/tls/server-certificates.ts'
import { openAllWorkers } from './control/workers/all-workers.ts'
import { levelLoad } from './control/workers/level-load.ts'
import { Worlds } from './control/worlds.ts'
import { textOf } from './errors.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { openLog } from './log.ts'
import { Bundles } from './plugin/bundle/bundles.ts'
import { endProcess } from './plugin/isolation/end-process.ts'
import { dropCompilationCache } from './plugin/loader.ts'
import { UPLOAD_SPACE } from './plugin/own-space.ts'
import { installLateFailureHandlers, type MapStack, reportLateFailure } from './plugin/owner.ts'
import { PluginStates } from './plugin/plugin-states.ts'
import { Quarantine } from './plugin/quarantine.ts'
import { fromFiles, PluginRegistry } from './plugin/registry.ts'
import { openStackMapper } from './plugin/stack.ts'
import { Uploads } from './plugin/uploads/uploads.ts'
import { ArtifactWatcher } from './plugin/watch.ts'
import type { ListeningSocket } from './request/listener/listener.ts'
import { Breakers } from './request/steps/circuit-breaker/breakers.ts'
import { KeySets } from './request/steps/jwt/key-sets.ts'
import { SessionKeeper } from './request/steps/session/session-keeper.ts'
import { Upstreams } from './request/upstream/upstream.ts'
import { KeyForms } from './session/keys/key-forms.ts'
import { StoredPasswords } from './session/passwords/stored-passwords.ts'
import { StoredSessions } from './session/stored-sessions.ts'
import { GROUP_RELOAD } from './store/notices.ts'
import { openStore } from './store/open-store.ts'
import { onlyChild } from './supervisor/siblings.ts'
import { openTelemetry } from './telemetry/telemetry.ts'
import { openTrials } from './trial/trials.ts'
import { current } from './version.ts'

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
    beforePlugins,
    onUnkillable = (owner, reason) => endProcess(log, owner, reason),
    legacy,
    siblings = onlyChild(),
    standIns = {},
  } = options
  const log = givenLog ?? (await openLog({ level: config.log_level, format: config.log_format }))
  const startedAt = new Date()
  dropCompilationCache()
  const shared = legacy?.storePath === undefined ? undefined : { path: legacy.storePath, workers: siblings.count }
  const store = standIns.store ?? (await openStore({ settings: config.storage, folder: config.data_path, log, shared }))
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
    beforeInline: beforePlugins,
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
        apis: () => worlds.current.apis,
        report: () => lastReport,
        store: () => store.status(),
        inFlight: () => worlds.inFlight,
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
    recording: recordingSettings(config),
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

  const worlds = new Worlds(log)
  let policies = NO_POLICIES
  let lastReport: ReloadReport = { apis: 0, failed: [], quarantined: [] }
  let draining = false
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
      previous: worlds.current,
      previousPolicies: policies,
    })
    worlds.replace(next)
    policies = nextPolicies
    sessions.usePolicies(policies.policies)
    lastReport = { ...report, failed: [...unusable, ...report.failed] }
    if (certificates) ports.useCertificates(certificates.with(next.certificates))
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

  const started = Promise.withResolvers<void>()
  let serving = false
  const workers = openAllWorkers(siblings, {
    reload: () => reloader.request(),
    plugins: () => reportPlugins(registry, worlds.current.apis),
    enablePlugin: async (id) => {
      // Before that nothing is known by its id.
      await started.promise
      return await enablePlugin(id, { apis: worlds.current.apis, registry, quarantine, reload: () => reloader.request() })
    },
    workerStatus: async () => ({
      pid: process.pid,
      started_at: startedAt.toISOString(),
      state: draining ? 'draining' : serving ? 'serving' : 'starting',
      connections: await listener.connections(),
      requests: worlds.inFlight,
    }),
  })
  legacy?.onCrash?.((crash) => {
    if (quarantine.add(crash)) reloader.request().catch((error) => log.error({ err: error }, textOf(error)))
  })

  const admin = adminApps({
    secret: config.secret,
    hostname: config.control_api_hostname,
    shownConfig: config.enable_config_inspection ? redact(config) : null,
    log,
    version,
    apis: () => worlds.current.apis,
    policies: () => policies,
    report: () => lastReport,
    keys: openKeyTools({
      config,
      store: store.sessions,
      counters: store.counters,
      sessions,
      hashPassword: (password) => passwords.hash(password),
      apis: () => worlds.current.apis,
      log,
    }),
    policyFiles: new PolicyFiles({ settings: config.policies, loaded: () => policies }),
    definitionFiles: new DefinitionFiles({
      folder: standIns.definitions ? null : config.app_path,
      options: () => definitionOptions(config, env),
      loaded: () => worlds.current.apis.map(({ loaded }) => loaded),
      failed: () => lastReport.failed,
    }),
    ...workers,
    uploads: new PluginUploads({
      uploads,
      registry,
      largest: config.plugin_upload_max_size,
      apis: () => worlds.current.apis,
      announce: () => store.notices.publish({ command: GROUP_RELOAD, payload: '' }),
      reload: workers.reload,
    }),
    requests: telemetry.requests,
    tryRequest: openTrials({ open: openGateway, options: { ...options, onUnkillable }, store, stacks }),
    clearCache: (apiId) => store.cache.clear(apiId),
    analytics: telemetry.analytics,
    reloadGroup: () => store.notices.publish({ command: GROUP_RELOAD, payload: '' }),
    status: () => healthOf(store.status(), draining),
    ...openLogLevel(log, siblings),
  })
  const unsubscribe = store.notices.subscribe((notice) => {
    if (notice !== null && notice.command !== GROUP_RELOAD) return
    reloader.request().catch((error) => log.error({ err: error }, textOf(error)))
  })
  const load = levelLoad(siblings)
  const ports = makePorts({
    config,
    siblings,
    admin,
    world: () => worlds.current,
    log,
    traced: telemetry.traced,
    share: load?.share ?? null,
    onStranger: telemetry.onStranger,
  })
  const { listener } = ports

  const release = async () => {
    await ports.closeControl()
    watcher?.close()
    load?.close()
    unsubscribe()
    clearTimeout(quarantineEnds)
    await worlds.close()
    sessions.close()
    await telemetry.close()
    await Promise.all([bundles.close(), stacks.close(), passwords.close(), keySets.close(), store.close()])
    uninstall()
  }
  let port = 0
  try {
    await reloader.request()
    started.resolve()
    if (standIns.listen !== false) port = await ports.open(legacy?.socket)
    await telemetry.open()
    serving = true
  } catch (cause) {
    await release()
    throw cause
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
