import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '../control/config/load.ts'
import type { Config } from '../control/config/schema.ts'
import { openSecret } from '../control/config/secret.ts'
import { workersOf } from '../control/config/workers.ts'
import { installReloadTrigger } from '../control/triggers.ts'
import { failure } from '../errors.ts'
import { openGateway } from '../gateway.ts'
import type { Legacy } from '../gateway-options.ts'
import { descriptorOf, type Logger, openLog } from '../log.ts'
import { protectShared } from '../plugin/protection/protect-shared.ts'
import { isDebugged, openWatchdog, type Watchdog } from '../plugin/watchdog.ts'
import type { ListeningSocket } from '../request/listener/listener.ts'
import type { Inheritance, Supervision } from '../supervisor/supervision.ts'
import { current, display } from '../version.ts'
import type { Io } from './io.ts'

export interface ServeOptions {
  /** The configuration file, if one is named. */
  readonly conf: string | undefined
  readonly io: Io
  /** The supervisor of this process; null if it is on its own. */
  readonly supervision: Supervision | null
}

/**
 * Serves until SIGTERM or SIGINT. Then it says that it is not ready, waits for load balancers to notice, lets open requests
 * end, and leaves.
 */
export async function serve({ conf, io, supervision }: ServeOptions): Promise<number> {
  const stop = nextStop(supervision)
  const config = await loadConfig({ file: conf, env: io.env })
  const { secret, generatedIn } = await openSecret(config)
  if (generatedIn !== null) io.err(`Generated the secret of the admin API, kept in ${generatedIn}: ${secret}`)

  const log = await openLog({ level: config.log_level, format: config.log_format })
  const legacy = await supervision?.greet({
    logFormat: lineFormat(config, log),
    quarantineMs: config.plugin_quarantine_ms,
    ...workersOf(config),
  })
  // One of several workers speaks for all.
  if ((legacy?.siblings.worker ?? 1) === 1) for (const warning of config.warnings) log.warn(warning)
  if (!supervision && config.workers !== 1) log.warn(failure('workers_unsupervised', config).message)
  const watchdog = openWatchdogOf(config, log, supervision !== null)
  const gateway = await openGateway({
    config: { ...config, secret },
    log,
    beforePlugins: protectShared,
    ...(watchdog && { onlooker: watchdog }),
    ...(legacy && { legacy: legacyOf(legacy, supervision), siblings: legacy.siblings }),
  })
  const uninstall = installReloadTrigger({ reload: () => gateway.reload(), log })
  const { apis, failed } = gateway.report
  supervision?.ready({ socket: legacy?.socket ? undefined : gateway.socket })
  const { worker, count } = legacy?.siblings ?? { worker: 1, count: 1 }
  const one = count > 1 ? { worker, workers: count } : {}
  log.info({ url: gateway.url, apis, failed: failed.length, ...one }, `Postern ${display(current)} listens on ${gateway.url}`)

  log.info(`${await stop}, closing`)
  gateway.drain()
  await delay(config.graceful_shutdown_delay_seconds * 1000)
  await gateway.close()
  await watchdog?.close()
  uninstall()
  log.info('Closed')
  return 0
}

function legacyOf({ crashes, socket, storePaths: [storePath] }: Inheritance, supervision: Supervision | null): Legacy {
  const onCrash: Legacy['onCrash'] = (listener) => supervision?.onCrash(listener)
  return { crashes, socket: socket as ListeningSocket | undefined, storePath, onCrash }
}

/** A process that nobody would replace is not ended by its watchdog. */
function openWatchdogOf(config: Config, log: Logger, replaceable: boolean): Watchdog | null {
  const { event_loop_block_ms: blockMs, event_loop_kill_ms } = config
  const killMs = replaceable ? event_loop_kill_ms : 0
  if (isDebugged() || (blockMs === 0 && killMs === 0)) return null
  return openWatchdog({ blockMs, killMs, logFormat: lineFormat(config, log), logFd: descriptorOf(log) })
}

/** How those write lines that do not have the log; null if the log would not have them. */
function lineFormat({ log_format: format }: Config, log: Logger): 'json' | 'pretty' | null {
  if (!log.isLevelEnabled('error')) return null
  if (format !== 'auto') return format
  return process.stdout.isTTY ? 'pretty' : 'json'
}

/**
 * Why to stop: a signal, or the supervisor's end. On its own, a process leaves a second signal to do what signals do; a
 * supervised one may get the first one twice, from a terminal or a service manager and from its supervisor, and leaves it to
 * that one to end it.
 */
function nextStop(supervision: Supervision | null): Promise<string> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (!supervision) process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
      resolve(`${signal} received`)
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
    void supervision?.orphaned.then(() => resolve('Supervisor gone'))
  })
}
