import type { PartialDefinition, PartialMiddleware, PartialUse } from './contract/types.ts'

/** The artifact that a use means unless it names one. */
export const DEFAULT_PATH = 'plugin.js'

export interface DefaultsOptions {
  /** Which of the test's definitions it is, from 0. */
  readonly index: number
  /** The upstream's URL; it goes before the definition's own. */
  readonly target: string | undefined
  /** Whether there are keys, which an API wants unless it says otherwise. */
  readonly hasKeys: boolean
}

/** A definition with everything that the gateway wants to know. */
export function completeDefinition(partial: PartialDefinition, { index, target, hasKeys }: DefaultsOptions): PartialDefinition {
  const { proxy, custom_middleware: middleware, ...fields } = partial
  const auth = middleware?.auth_check ?? null
  const number = index === 0 ? '' : `-${index + 1}`
  return {
    name: `Test API${number}`,
    api_id: `test-api${number}`,
    org_id: 'test-org',
    use_keyless: auth === null && !hasKeys && !authenticates(fields),
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

/** Whether the definition itself says who may call. */
function authenticates({ use_standard_auth: key, use_basic_auth: user, enable_jwt: token }: PartialDefinition): boolean {
  return key === true || user === true || token === true
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
