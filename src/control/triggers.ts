import { textOf } from '../errors.ts'
import type { Logger } from '../log.ts'

export interface TriggerOptions {
  reload(): Promise<unknown>
  readonly log: Logger
  /** Where the signal arrives; the process unless given. */
  readonly signals?: Pick<NodeJS.Process, 'on' | 'off'>
}

/** Reloads on SIGHUP. Returns what takes the trigger away again. */
export function installReloadTrigger({ reload, log, signals = process }: TriggerOptions): () => void {
  const onHangUp = () => {
    log.info('SIGHUP received, reloading')
    reload().catch((error: unknown) => log.error({ err: error }, textOf(error)))
  }
  signals.on('SIGHUP', onHangUp)
  return () => void signals.off('SIGHUP', onHangUp)
}
