import { loadConfig } from '../control/config/load.ts'
import { redact } from '../control/config/redact.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern config print`: the configuration as it takes effect, from file, environment and defaults, with secrets hidden. */
export const configPrint: Command = async (args, io) => {
  const { conf } = readOptions('config print', args, ['conf'])
  io.out(JSON.stringify(redact(await loadConfig({ file: conf, env: io.env })), null, 2))
  return 0
}
