import { loadConfig } from '../control/config/load.ts'
import { failure } from '../errors.ts'
import { openLog } from '../log.ts'
import { openStore } from '../store/open-store.ts'
import { listenAnywhere } from '../store/process/listen.ts'
import { openSupervision } from '../supervisor/supervision.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern store`: what `postern start` starts to have the store, where several workers share one that lives in a process. */
export const store: Command = async (args, io) => {
  const { conf } = readOptions('store', args, ['conf'])
  const supervision = openSupervision()
  if (!supervision) throw failure('store_without_supervisor', undefined)
  // Workers need the store until they have ended: it is the supervisor that says when.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  // Sessions hold credentials: what is made here is for the gateway's user alone, the socket above all.
  process.umask(0o077)
  const {
    storage: settings,
    data_path: folder,
    log_level: level,
    log_format: format,
  } = await loadConfig({ file: conf, env: io.env })
  const log = await openLog({ level, format })
  const { storePaths } = await supervision.greet({ logFormat: null, quarantineMs: 0, workers: 0, storePaths: [] })
  const opened = await openStore({ settings, folder, log })
  const { server, path } = await listenAnywhere(opened, storePaths)
  supervision.ready({ path })
  await Promise.race([supervision.closeAsked, supervision.orphaned.then(() => server.untilAlone())])
  await server.close()
  return 0
}
