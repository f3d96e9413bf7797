import assert from 'node:assert/strict'
import { type ReadDefinition, readDefinition } from '../../src/control/definition/read-definition.ts'

/** A JSON object. */
export type Json = Record<string, unknown>

/** The folder of gateway.conf, which need not exist. */
const CONF = '/etc/postern'

/** The least that names a plugin in a hook. */
export const plugin = { name: 'Foo', path: 'plugins/plugin.js' }

/** A minimal keyless API; `fields` are set apart, `proxy` merged. */
export function definition({ proxy, ...fields }: Json = {}): Json {
  return {
    name: 'Orders',
    api_id: 'orders',
    use_keyless: true,
    ...fields,
    proxy: { listen_path: '/orders/', target_url: 'http://upstream:8080/v1', ...(proxy as Json) },
  }
}

/** An open API with `custom_middleware`. */
export const withHooks = (middleware: Json, fields: Json = {}) =>
  definition({ ...fields, custom_middleware: { driver: 'jsplugin', ...middleware } })

/** An API with an `auth_check` that is enabled. */
export const withAuth = (entry: Json = plugin, fields: Json = {}) =>
  withHooks({ auth_check: entry }, { use_keyless: false, custom_plugin_auth_enabled: true, ...fields })

/** An open API with one version. */
export const withVersion = (version: Json, fields: Json = {}) =>
  definition({ ...fields, version_data: { not_versioned: true, versions: { Default: { name: 'Default', ...version } } } })

/** An open API with `extended_paths`. */
export const withSections = (sections: Json) => withVersion({ use_extended_paths: true, extended_paths: sections })

/** An entry of `js_plugin`. */
export const onPath = (fields: Json = {}) => ({
  plugin_path: 'plugins/plugin.js',
  path: '/get',
  method: 'GET',
  func_name: 'Foo',
  ...fields,
})

/** Reads a definition as the gateway does, with `/opt/plugins` as the one further folder of artifacts. */
export function read(
  json: unknown,
  { enableCustomDomains = true, pluginPaths = ['/opt/plugins'], confFolder = CONF } = {},
): Promise<ReadDefinition> {
  return readDefinition(json, 'apps/orders.json', { confFolder, pluginPaths, enableCustomDomains })
}

/** What is wrong with a definition, a line each. */
export async function problemsOf(json: unknown): Promise<string[]> {
  try {
    await read(json)
  } catch (error) {
    assert.equal((error as { code: string }).code, 'definition_invalid')
    return (error as Error).message.replace(/^Load the definition "apps\/orders\.json" failed:\s/, '').split('\n')
  }
  assert.fail('the definition was accepted')
}
