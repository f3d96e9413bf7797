import type { JsonPath } from '../../json/json-path.ts'
import { definitionFields as basicAuthFields } from '../steps/basic-auth/schema.ts'
import type { StepSource } from '../steps/step-source.ts'
import type { Places } from './places.ts'
import { authConfigNames, readPlaces } from './read-places.ts'
import { authenticationFields, identityProviders } from './schema.ts'

/** A way to find out who calls, in the order that they run in. */
export type AuthKind = 'basic' | 'jwt' | 'plugin' | 'token'

/** Who may call an API. Every kind that is enabled has to let a request in. */
export interface Authentication {
  /** The kinds that are enabled, and where each of them finds its credential. */
  readonly places: ReadonlyMap<AuthKind, Places>
  /** Whether the session of a kind becomes the request's; without a choice the last one's does. */
  provides(kind: AuthKind): boolean
}

/** Fields that keyless APIs have for nothing. */
const OF_NO_EFFECT = ['use_standard_auth', 'use_basic_auth', 'enable_jwt', 'base_identity_provided_by'] as const

/** What a definition says of who may call; null on a keyless API, or where it is wrong. */
export function readAuthentication(source: StepSource): Authentication | null {
  const fields = source.definition(authenticationFields)
  if (!fields) return null
  if (source.keyless) {
    for (const name of OF_NO_EFFECT) if (fields[name]) warnKeyless(source, [name])
    return null
  }
  const others: AuthKind[] = [
    ...(fields.use_basic_auth ? (['basic'] as const) : []),
    ...(fields.enable_jwt ? (['jwt'] as const) : []),
    ...(source.hasAuthCheck ? (['plugin'] as const) : []),
  ]
  const kinds: AuthKind[] = fields.use_standard_auth || others.length === 0 ? [...others, 'token'] : others
  const { base_identity_provided_by: provider } = fields
  const base = provider === '' ? null : (identityProviders[provider as keyof typeof identityProviders] ?? 'none')
  if (base !== null && !kinds.includes(base as AuthKind)) {
    const enabled = Object.entries(identityProviders).filter(([, kind]) => kinds.includes(kind))
    const expected = enabled.map(([name]) => `"${name}"`).join(' or ')
    source.problem(['base_identity_provided_by'], `expected a kind that is enabled (${expected}), found "${provider}"`)
  }
  const places = new Map(kinds.map((kind) => [kind, readPlaces(kind, fields, source)]))
  warnOfCrowding(places, source)
  return { places, provides: (kind) => base === null || base === kind }
}

/** A header has room for one credential. */
function warnOfCrowding(places: ReadonlyMap<AuthKind, Places>, source: StepSource): void {
  const fromBody = source.definition(basicAuthFields)?.basic_auth?.extract_from_body
  const inHeader = [...places].filter(([kind, { header, param, cookie }]) => {
    return header !== null && param === null && cookie === null && kind !== 'plugin' && !(kind === 'basic' && fromBody)
  })
  for (const [i, [kind, { header }]] of inHeader.entries()) {
    const same = inHeader.slice(0, i).find(([, place]) => place.header?.toLowerCase() === header?.toLowerCase())
    if (!same) continue
    const names = `${authConfigNames[same[0]]} and ${authConfigNames[kind]}`
    source.warning(
      ['auth_configs'],
      `${names} are both looked for in the header "${header}", which has room for one; name another for one of them`,
    )
  }
}

/** Notes a field that only says how clients are authenticated. */
export function warnKeyless(source: StepSource, at: JsonPath): void {
  source.warning(at, 'of no effect, because "use_keyless" is true')
}
