import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { failure, textOf } from '../errors.ts'

/** The hooks that a definition can be generated for: those whose plugins need nothing else beside them. */
export const devHooks = ['pre', 'auth_check', 'post', 'response'] as const

const manifestSchema = z.looseObject({
  name: z.string().min(1).default('plugin'),
  version: z.string().min(1).default('0.0.0'),
  main: z.string().optional(),
  module: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  postern: z
    .strictObject({
      /** The entry file, relative to the folder. */
      entry: z.string().optional(),
      /** What the plugin asks to be allowed; copied into the stamp. */
      permissions: z.record(z.string(), z.unknown()).default({}),
      /** For `postern plugin dev`, where the folder has no definition. */
      dev: z
        .strictObject({
          /** The hook that every exported plugin runs in. Default `pre`. */
          hook: z.enum(devHooks).optional(),
          /** The `config` of plugins, by the names of their exports. */
          config: z.record(z.string(), z.unknown()).optional(),
        })
        .optional(),
    })
    .default({ permissions: {} }),
})

/** What the compiler reads of a plugin's package.json, with defaults that do not depend on the folder. */
export type Manifest = z.infer<typeof manifestSchema>

export type DevSettings = NonNullable<Manifest['postern']['dev']>

/** The manifest of a folder; defaults alone where there is no package.json. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
  const { success, data, error } = manifestSchema.safeParse(parse(text))
  if (success) return data
  const [issue] = error.issues
  throw failure('manifest_invalid', { reason: `${issue?.path.join('.') || 'the file'}: ${issue?.message}` }, error)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw failure('manifest_invalid', { reason: textOf(error) }, error)
  }
}
