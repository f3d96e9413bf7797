import { ctx, type Plugin } from 'postern/plugin'

/** Reads the definition of the API that serves the request: all of the JSON file, deep-frozen. */
export const MyPluginFunction: Plugin = (c) => {
  const definition = ctx.getDefinition(c)
  console.log('API name is', definition.name)

  // `config_data` is the definition's place for data of your own.
  c.header('X-Stage', String(definition.config_data?.stage))
}

interface StampConfig {
  header: string
  value: string
}

/** Reads the `config` of this one use of the plugin in the definition: the same plugin can be used twice, differently. */
export const SetConfiguredHeader: Plugin<StampConfig> = (c) => {
  const { header, value } = c.var.config
  c.req.raw.headers.set(header, value)
}
