import * as z from 'zod'
import { stepKinds } from '../../request/steps/index.ts'
import type { StepFields } from '../../request/steps/step-kind.ts'
import { definitionSchema, pathEntrySchema, proxySchema, versionDataSchema, versionSchema } from './schema.ts'

/** The fields that built-in steps read of an object, all kinds together. */
function fieldsIn(object: 'definition' | 'proxy' | 'version' | 'paths' | 'extendedPaths'): z.core.$ZodLooseShape {
  return Object.assign({}, ...stepKinds.map(({ fields }: { fields: StepFields }) => fields[object] ?? {}))
}

function sections(): z.core.$ZodLooseShape {
  const built = Object.entries(fieldsIn('extendedPaths')).map(([name, entry]) => [name, z.array(entry as z.ZodType).nullish()])
  const plugins = z.array(pathEntrySchema).nullish()
  return { ...Object.fromEntries(built), js_plugin: plugins, go_plugin: plugins }
}

/**
 * The JSON Schema of a definition, made of what checks definitions: what the gateway reads, and what built-in steps read. Other
 * fields may be there, and some that are right each for itself may be wrong together.
 */
export function definitionJsonSchema(): object {
  const version = z.looseObject({
    ...versionSchema.shape,
    ...fieldsIn('version'),
    paths: z.looseObject(fieldsIn('paths')).nullish(),
    extended_paths: z.looseObject(sections()).nullish(),
  })
  const versions = z.looseObject({ ...versionDataSchema.shape, versions: z.record(z.string(), version).nullish() })
  const definition = z.looseObject({
    ...definitionSchema.shape,
    ...fieldsIn('definition'),
    proxy: z.looseObject({ ...proxySchema.shape, ...fieldsIn('proxy') }),
    version_data: versions.nullish(),
  })
  return jsonSchemaOf(definition)
}

/** What a value may be before it is checked. What no schema can say (a host name, a regular expression) is left open. */
export function jsonSchemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema instanceof z.ZodObject && jsonSchema.required) {
        jsonSchema.required = jsonSchema.required.filter((name) => !isFilledIn(zodSchema.shape[name]))
      }
      // It is what comes after that tells.
      if (!isFilledIn(zodSchema)) return
      const { $schema: _, ...after } = jsonSchemaOf(zodSchema.def.out as z.ZodType) as Record<string, unknown>
      Object.assign(jsonSchema, { anyOf: [after, { type: 'null' }] })
    },
  })
}

/** Whether something is put in the place of what is missing, before it is checked. */
function isFilledIn(schema: unknown): schema is z.ZodPipe {
  return schema instanceof z.ZodPipe && schema.def.in instanceof z.ZodTransform
}
