import { configJsonSchema } from '../control/config/json-schema.ts'
import type { Command } from './io.ts'
import { readOptions } from './options.ts'

/** `postern config schema`: a JSON Schema of gateway.conf, for editors. */
export const configSchemaCommand: Command = async (args, io) => {
  readOptions('config schema', args, [])
  io.out(JSON.stringify(configJsonSchema(), null, 2))
  return 0
}
