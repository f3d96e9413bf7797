import * as z from 'zod'

const flag = z.boolean().nullish()
const text = z.string().nullish()

/** Where one kind of authentication looks for its credential: an entry of `auth_configs`. */
export const authConfig = z.looseObject({
  /** Whether the header is left alone. Default false. */
  disable_header: flag,
  /** The header's name. Default `Authorization`. */
  auth_header_name: text,
  /** Whether a query parameter is looked at as well, and goes before the header. Default false. */
  use_param: flag,
  /** The parameter's name. Default: the header's. */
  param_name: text,
  /** Whether a cookie is looked at as well, and goes before the others. Default false. */
  use_cookie: flag,
  /** The cookie's name. Default: the header's. */
  cookie_name: text,
  /** Whether a client certificate has to go with a key. Not there yet: refused where it is true. */
  use_certificate: flag,
  /** Whether a signature has to go with a key. Not there yet: refused where it is true. */
  validate_signature: flag,
  /** How a signature is checked. Not read. */
  signature: z.unknown().optional(),
})
export type AuthConfig = z.infer<typeof authConfig>

/** By the kind of authentication. */
const authConfigs = z.looseObject({
  /** Of keys; in place of `auth`. */
  authToken: authConfig.nullish(),
  /** Of JWTs; in place of `auth`. */
  jwt: authConfig.nullish(),
  /** Of users and passwords. */
  basic: authConfig.nullish(),
  /** Of an `auth_check` plugin; read only to strip its credential. */
  coprocess: authConfig.nullish(),
  /** Of kinds that are not there yet, and not read. */
  hmac: z.unknown().optional(),
  oauth: z.unknown().optional(),
  externalOAuth: z.unknown().optional(),
  oidc: z.unknown().optional(),
})

/** The kinds of authentication by the names that `base_identity_provided_by` has for them. */
export const identityProviders = {
  auth_token: 'token',
  basic_auth_user: 'basic',
  jwt_claim: 'jwt',
  custom_auth: 'plugin',
} as const

/** Of kinds that are not there yet. */
const OTHER_PROVIDERS = ['hmac_key', 'oidc_user', 'oauth_key'] as const

/** The fields that say who may call, of any kind. */
export const authenticationFields = {
  /** Whether a key has to be sent; it also has to be where no other kind is enabled. Default false. */
  use_standard_auth: z.boolean().default(false),
  /** Whether a user name and a password have to be sent. Default false. */
  use_basic_auth: z.boolean().default(false),
  /** Whether a JWT has to be sent. Default false. */
  enable_jwt: z.boolean().default(false),
  /** Whose session is the request's where several kinds are enabled. Default: the last one's. */
  base_identity_provided_by: z
    .enum(['', ...(Object.keys(identityProviders) as (keyof typeof identityProviders)[]), ...OTHER_PROVIDERS])
    .default(''),
  /** Where keys and JWTs are looked for; the older way to write `auth_configs`. */
  auth: authConfig.optional(),
  /** Where each kind looks for its credential: `authToken`, `jwt`, `basic`, `coprocess`. */
  auth_configs: authConfigs.optional(),
}
