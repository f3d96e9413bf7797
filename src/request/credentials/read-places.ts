import type * as z from 'zod'
import { isJsonObject, type JsonPath } from '../../json/json-path.ts'
import type { StepSource } from '../steps/step-source.ts'
import type { AuthKind } from './authentication.ts'
import type { Places } from './places.ts'
import type { AuthConfig, authenticationFields } from './schema.ts'

type Fields = z.infer<z.ZodObject<typeof authenticationFields>>

/** The entry of `auth_configs` of each kind. */
export const authConfigNames = { token: 'authToken', jwt: 'jwt', basic: 'basic', plugin: 'coprocess' } as const

/** What `auth` was for before there was `auth_configs`. */
const IN_AUTH: readonly AuthKind[] = ['token', 'jwt']

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Where a kind of authentication finds its credential. */
export function readPlaces(kind: AuthKind, { auth, auth_configs: configs }: Fields, source: StepSource): Places {
  const name = authConfigNames[kind]
  const own = configs?.[name]
  if (own && IN_AUTH.includes(kind) && saysOtherwise(auth, own)) {
    source.warning(['auth'], `not read for ${name}, because auth_configs.${name} is there`)
  }
  if (own) return placesOf(own, ['auth_configs', name], source)
  if (auth && IN_AUTH.includes(kind)) return placesOf(auth, ['auth'], source)
  return placesOf({}, [], source)
}

function placesOf(config: AuthConfig, path: JsonPath, source: StepSource): Places {
  for (const name of ['use_certificate', 'validate_signature'] as const) {
    if (config[name]) {
      source.problem([...path, name], 'not supported yet, and serving the API without it would be unsafe; turn it off')
    }
  }
  for (const [use, name] of [
    ['use_param', 'param_name'],
    ['use_cookie', 'cookie_name'],
  ] as const) {
    if (config[name] && !config[use]) source.warning([...path, name], `not read, because "${use}" is not true`)
  }
  const name = config.auth_header_name || 'Authorization'
  if (!TOKEN.test(name)) source.problem([...path, 'auth_header_name'], `expected the name of a header, found "${name}"`)
  const places = {
    header: config.disable_header ? null : name,
    param: config.use_param ? config.param_name || name : null,
    cookie: config.use_cookie ? config.cookie_name || name : null,
  }
  if (!places.header && !places.param && !places.cookie) {
    source.problem(path, 'names no place: header, query parameter and cookie are all turned off, so that nobody could be let in')
  }
  return places
}

/** Whether the older field says anything that the newer one says differently. */
function saysOtherwise(auth: AuthConfig | undefined, own: AuthConfig): boolean {
  return Object.entries(auth ?? {}).some(([name, value]) => {
    return Boolean(value) && !isJsonObject(value) && value !== (own as Record<string, unknown>)[name]
  })
}
