import type { PartialDefinition, PartialMiddleware, PartialUse } from './contract/types.ts'

/** The artifact that a use means unless it names one. */
export const DEFAULT_PATH = 'plugin.js'

export interface DefaultsOptions {
  /** Which of the test's definitions it is, from 0. */
  readonly index: number
  /** The upstream's URL; it goes before the definition's own. */
  readonly target: string | undefined
  /** The plugin that authenticates where the definition brings none; `null` for nobody. */
  readonly authCheck: PartialUse | null
}

/** A definition with everything that the gateway wants to know. */
export function completeDefinition(partial: PartialDefinition, { index, target, authCheck }: DefaultsOptions): PartialDefinition {
  const { proxy, custom_middleware: middleware, ...fields } = partial
  const auth = middleware?.auth_check ?? (fields.use_keyless === undefined ? authCheck : null)
  const number = index === 0 ? '' : `-${index + 1}`
  return {
    name: `Test API${number}`,
    api_id: `test-api${number}`,
    org_id: 'test-org',
    use_keyless: auth === null,
    ...(auth && { custom_plugin_auth_enabled: true }),
    version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
    ...fields,
    proxy: {
      listen_path: '/',
      strip_listen_path: true,
      target_url: 'http://upstream.test/',
      ...proxy,
      ...(target !== undefined && { target_url: target }),
    },
    ...((middleware || auth) && { custom_middleware: completeMiddleware(middleware ?? {}, auth) }),
  }
}

function completeMiddleware(middleware: PartialMiddleware, auth: PartialUse | null): PartialMiddleware {
  const lists = Object.entries(middleware).filter(([, value]) => Array.isArray(value)) as [string, PartialUse[]][]
  return {
    driver: 'jsplugin',
    ...middleware,
    ...Object.fromEntries(lists.map(([hook, uses]) => [hook, uses.map(withPath)])),
    ...(auth && { auth_check: withPath(auth) }),
  }
}

function withPath(use: PartialUse): PartialUse {
  return { path: DEFAULT_PATH, ...use }
}
