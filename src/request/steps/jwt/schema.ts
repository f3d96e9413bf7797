import * as z from 'zod'

const text = z.string().default('')
const flag = z.boolean().default(false)
/** How far a clock may be off, in seconds. */
const skew = z.number().min(0).default(0)

/** An address of keys. */
const jwksUri = z.looseObject({
  /** An http or https URL. */
  url: z.string().min(1),
  /** How long its keys are used before they are fetched anew, in seconds; 0 means as gateway.conf says. Default 0. */
  cache_timeout: z.number().min(0).nullish(),
})

const policyOfScope = z.record(z.string(), z.string())

const scopes = z.looseObject({
  jwt: z
    .looseObject({
      /** The claim that scopes are in: a text with spaces between them, or a list. Default `scope`. */
      scope_claim_name: z.string().nullish(),
      /** The policy of each scope. */
      scope_to_policy: policyOfScope.nullish(),
    })
    .nullish(),
  /** Of OpenID Connect, which is not there yet. Not read. */
  oidc: z.unknown().optional(),
})

export const definitionFields = {
  /** Which algorithms a token may be signed with: `hmac`, `rsa`, `ecdsa` or `eddsa`. No other is accepted, whatever the token says. */
  jwt_signing_method: z.enum(['', 'hmac', 'rsa', 'ecdsa', 'eddsa']).default(''),
  /** What tokens are checked with: a URL of a JWKS, a PEM, or either of them, or the secret of `hmac`, in base64. */
  jwt_source: text,
  /** URLs of JWKS; they go before `jwt_source`. */
  jwt_jwks_uris: z.array(jwksUri).default([]),
  /** The claim that says who calls, where the token has no `kid`. Default `sub`. */
  jwt_identity_base_field: text,
  /** Another name of `jwt_identity_base_field`. */
  jwt_identit_base_field: text,
  /** Whether the `kid` of a token says nothing of who calls. Default false. */
  jwt_skip_kid: flag,
  /** The claim that becomes the `oauth_client_id` of the session. Default none. */
  jwt_client_base_field: text,
  /** The claim that names a policy. Default none. */
  jwt_policy_field_name: text,
  /** The policies of tokens that bring none. */
  jwt_default_policies: z.array(z.string().min(1)).default([]),
  /** The policies of scopes. */
  scopes: scopes.optional(),
  /** The older way to write `scopes.jwt.scope_claim_name`. */
  jwt_scope_claim_name: text,
  /** The older way to write `scopes.jwt.scope_to_policy`. */
  jwt_scope_to_policy_mapping: policyOfScope.default({}),
  /** How many seconds in the future `iat` may lie. Default 0. */
  jwt_issued_at_validation_skew: skew,
  /** How many seconds ago `exp` may lie. Default 0. */
  jwt_expires_at_validation_skew: skew,
  /** How many seconds in the future `nbf` may lie. Default 0. */
  jwt_not_before_validation_skew: skew,
}
