import * as z from 'zod'
import descriptions from './descriptions.json' with { type: 'json' }
import { configKeys } from './keys.ts'
import { configSchema } from './schema.ts'

interface JsonSchema {
  description?: string
  readonly properties?: Record<string, JsonSchema>
}

/** The JSON Schema of gateway.conf: each key with what it means and the variable that stands for it. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
  const texts: Readonly<Record<string, string>> = descriptions
  for (const { path, variable } of configKeys) {
    const property = path.reduce<JsonSchema | undefined>((object, name) => object?.properties?.[name], schema)
    if (property) property.description = `${texts[path.join('.')]} Variable: ${variable}.`
  }
  const { properties, ...others } = schema
  return { title: 'gateway.conf', ...others, properties: { $schema: { type: 'string' }, ...properties } }
}
