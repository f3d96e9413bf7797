import { join } from 'node:path'
import { adminApp } from './control/admin/app.ts'
import type { ApiTools } from './control/compile-api.ts'
import type { Config } from './control/config/schema.ts'
import { middlewareProblems } from './control/definition/read-hooks.ts'
import { loadSnapshot } from './control/load-snapshot.ts'
import { reportPlugins } from './control/plugin-report.ts'
import { Reloader, type ReloadReport } from './control/reload.ts'
import { Snapshot } from './control/snapshot.ts'
import { failure, textOf } from './errors.ts'
import { type Logger, openLog } from './log.ts'
import { Bundles } from './plugin/bundle/bundles.ts'
import type { BundleSettings } from './plugin/bundle/settings.ts'
import { endProcess } from './plugin/isolation/end-process.ts'
import { dropCompilationCache } from './plugin/loader.ts'
import { installLateFailureHandlers, reportLateFailure } from './plugin/owner.ts'
import { PluginRegistry } from './plugin/registry.ts'
import { openStackMapper } from './plugin/stack.ts'
import { ArtifactWatcher } from './plugin/watch.ts'
import { Listener } from './request/listener/listener.ts'
import { Upstreams } from './request/proxy/upstream.ts'
import { SessionKeeper } from './request/steps/session/session-keeper.ts'
import { openMemoryStore } from './store/memory/memory-store.ts'
import { accessLog } from './telemetry/access-log.ts'
import { current, type Version } from './version.ts'

export interface GatewayOptions {
  readonly config: Config
  /** Made from the configuration unless given. */
  readonly log?: Logger
  /** The running build unless given. */
  readonly version?: Version
  /** Where the credentials of an s3 store are; of the process unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** A plugin's worker does not end, whatever is tried; ends the process unless given. */
  readonly onUnkillable?: (plugin: string, reason: string) => void
}

/** A running gateway. */
export interface Gateway {
  readonly port: number
  /** Where it can be reached from this machine. */
  readonly url: string
  /** What the last load made of the definitions. */
  readonly report: ReloadReport
  /** Loads definitions and plugins anew; rejects, and changes nothing, if there is nothing to load from. */
  reload(): Promise<ReloadReport>
  /** From here on `/ready` says that no traffic should be sent. */
  drain(): void
  /** Stops to listen, waits for what is under way, and frees everything. Idempotent. */
  close(): Promise<void>
}

/** Wires the parts of a gateway and starts it. */
export async function openGateway({
  config,
  log: givenLog,
  version = current,
  env = process.env,
  onUnkillable,
}: GatewayOptions): Promise<Gateway> {
  const log = givenLog ?? (await openLog({ level: config.log_level, format: config.log_format }))
  dropCompilationCache()
  const store = await openMemoryStore()
  const stacks = openStackMapper()
  const upstreams = new Upstreams()
  const registry = new PluginRegistry({
    version,
    log,
    kv: (namespace) => store.kv(namespace),
    isolation: {
      maxPluginBody: config.max_plugin_body,
      onFailedLate: (artifact, owner, thrown) => void reportLateFailure(owner, thrown, (_, stack) => stacks.map(artifact, stack)),
      onUnkillable: onUnkillable ?? ((plugin, reason) => endProcess(log, plugin, reason)),
    },
  })
  const uninstall = installLateFailureHandlers(log, async (owner, stack) => {
    const artifact = registry.artifactOf(owner)
    return artifact ? stacks.map(artifact, stack) : stack
  })
  const tools: ApiTools = {
    log,
    registry,
    upstreams,
    stacks,
    sessions: new SessionKeeper(store.sessions),
    proxyTimeoutMs: config.proxy_default_timeout * 1000,
    maxPluginBody: config.max_plugin_body,
  }
  const bundles = new Bundles({
    settings: bundleSettings(config),
    version,
    log,
    env,
    checkMiddleware: middlewareProblems,
    onArrival: () => void reloader.request().catch((error) => log.error({ err: error }, textOf(error))),
  })
  const observer = config.access_logs.enabled ? accessLog(log) : null

  let snapshot = Snapshot.empty()
  let lastReport: ReloadReport = { apis: 0, failed: [], quarantined: [] }
  let draining = false
  const retiring = new Set<Promise<void>>()
  const retire = (old: Snapshot) => {
    const retired = old
      .retire()
      .catch((error) => log.error({ err: error }, `Release what a reload replaced failed: ${textOf(error)}`))
    retiring.add(retired)
    void retired.then(() => retiring.delete(retired))
  }
  const reloader = new Reloader(async () => {
    const { next, report } = await loadSnapshot({ config, tools, bundles, observer, previous: snapshot })
    const old = snapshot
    snapshot = next
    lastReport = report
    retire(old)
    watcher?.follow()
    return report
  })

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

  const admin = adminApp({
    secret: config.secret,
    version,
    reload: () => reloader.request(),
    plugins: () => reportPlugins(registry, snapshot.apis),
    status: () => ({ notReady: draining ? 'Gateway is shutting down' : null }),
  })
  const listener = new Listener({
    world: () => snapshot,
    fetch: admin.fetch,
    log,
    readTimeoutMs: config.http_server_options.read_timeout * 1000,
  })

  const release = async () => {
    watcher?.close()
    retire(snapshot)
    await Promise.all(retiring)
    await Promise.all([bundles.close(), stacks.close(), store.close()])
    uninstall()
  }
  let port: number
  try {
    await reloader.request()
    port = await listener.open(config.listen_port, config.listen_address)
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
    url: `http://${hostForUrl(config.listen_address)}:${port}`,
    get report() {
      return lastReport
    },
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

function bundleSettings(config: Config): BundleSettings {
  return {
    enabled: config.enable_bundle_downloader,
    baseUrl: config.bundle_base_url,
    insecureSkipVerify: config.bundle_insecure_skip_verify,
    timeoutMs: config.bundle_timeout * 1000,
    loadWaitMs: config.bundle_load_wait * 1000,
    publicKeyFile: config.public_key_path,
    folder: join(config.data_path, 'bundles'),
    maxSize: config.bundle_max_size,
    maxUnpackedSize: config.bundle_max_unpacked_size,
    maxFiles: config.bundle_max_files,
  }
}

function hostForUrl(address: string): string {
  if (address === '' || address === '0.0.0.0' || address === '::') return 'localhost'
  return address.includes(':') ? `[${address}]` : address
}

function listenError(cause: unknown, { listen_address: address, listen_port: port }: Config): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return failure('port_in_use', { port }, cause)
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return failure('listen_failed', { address, port, reason: textOf(cause) }, cause)
  return cause
}
