import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '../control/config/load.ts'
import { openSecret } from '../control/config/secret.ts'
import { installReloadTrigger } from '../control/triggers.ts'
import { openGateway } from '../gateway.ts'
import { openLog } from '../log.ts'
import { current, display } from '../version.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/**
 * `postern start`: serves until SIGTERM or SIGINT. Then it says that it is not ready, waits for load balancers to notice, lets open
 * requests end, and leaves. A second signal ends it at once.
 */
export const start: Command = async (args, io) => {
  const { conf } = readOptions('start', args, ['conf'])
  const stopSignal = nextStopSignal()
  const config = await loadConfig({ file: conf, env: io.env })
  const { secret, generatedIn } = await openSecret(config)
  if (generatedIn !== null) io.err(`Generated the secret of the admin API, kept in ${generatedIn}: ${secret}`)

  const log = await openLog({ level: config.log_level, format: config.log_format })
  const gateway = await openGateway({ config: { ...config, secret }, log })
  const uninstall = installReloadTrigger({ reload: () => gateway.reload(), log })
  const { apis, failed } = gateway.report
  log.info({ url: gateway.url, apis, failed: failed.length }, `Postern ${display(current)} listens on ${gateway.url}`)

  log.info(`${await stopSignal} received, closing`)
  gateway.drain()
  await delay(config.graceful_shutdown_delay_seconds * 1000)
  await gateway.close()
  uninstall()
  log.info('Closed')
  return 0
}

/** The first signal that asks to stop. The next one does what signals do by themselves. */
function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', onSignal).off('SIGINT', onSignal)
      resolve(signal)
    }
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  })
}
