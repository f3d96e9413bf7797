import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DevSettings } from '../compiler/manifest.ts'
import type { DefinitionText } from '../control/definition/read-texts.ts'
import { failure } from '../errors.ts'
import { isJsonObject } from '../json/json-path.ts'
import { parseJson } from '../json/parse-json.ts'
import type { Artifact } from '../plugin/artifact.ts'
import { completeDefinition } from '../testkit/complete-definition.ts'
import type { PartialDefinition, PartialUse } from '../testkit/contract/types.ts'
import { exportsOf } from './exports-of.ts'

/** A hook that every exported plugin can be put into. */
export type DevHook = NonNullable<DevSettings['hook']>

export interface DevDefinitionOptions {
  readonly folder: string
  /** The upstream's URL; it goes before that of the definition. */
  readonly target: string
  readonly settings: DevSettings
  /** The plugin as it is now. */
  readonly artifact: Artifact
}

/**
 * The definition that a plugin is served with: `dev.json`, in which every field may be missing, `api.json` as a gateway
 * wants it, or else one that runs every exported plugin in one hook.
 *
 * @throws artifact_threw where the plugins have to be known, and the artifact cannot tell
 */
export async function devDefinition(options: DevDefinitionOptions): Promise<DefinitionText> {
  const { folder, target } = options
  const read = (name: string, complete: (json: PartialDefinition) => PartialDefinition): DefinitionText => {
    const file = join(folder, name)
    return { file, read: async () => JSON.stringify(complete(await contentOf(file))) }
  }
  if (existsSync(join(folder, 'dev.json'))) return read('dev.json', (json) => withDefaults(json, target))
  if (existsSync(join(folder, 'api.json'))) {
    return read('api.json', (json) => ({ ...json, proxy: { ...json.proxy, target_url: target } }))
  }
  const exports = await exportsOf(options.artifact)
  return {
    file: join(folder, 'package.json (postern.dev)'),
    read: async () => JSON.stringify(withDefaults(generated(options.settings, exports), target)),
  }
}

function withDefaults(definition: PartialDefinition, target: string): PartialDefinition {
  return completeDefinition({ name: 'Development', api_id: 'dev', ...definition }, { index: 0, target, hasKeys: false })
}

function generated({ hook = 'pre', config = {} }: DevSettings, exports: readonly string[]): PartialDefinition {
  const uses: PartialUse[] = exports.map((name) => ({ name, ...(Object.hasOwn(config, name) && { config: config[name] }) }))
  if (hook !== 'auth_check') return { custom_middleware: { [hook]: uses } }
  const [only, ...others] = uses
  if (!only || others.length > 0) throw failure('dev_hook_takes_one', { hook, exports })
  return { custom_middleware: { auth_check: only } }
}

async function contentOf(file: string): Promise<PartialDefinition> {
  const json = parseJson(await readFile(file, 'utf8'), file)
  if (isJsonObject(json)) return json
  throw failure('definition_invalid', { file, problems: ['expected an object'] })
}
