import type * as z from 'zod'
import type { JsonPath } from '../../../json/json-path.ts'
import type { StepSource } from '../step-source.ts'
import type { IdentityFields, Skews } from './claims.ts'
import { isUrl, readKeySource } from './key-source.ts'
import type { PolicyFields } from './policies.ts'
import type { definitionFields } from './schema.ts'
import type { SigningMethod } from './signing-method.ts'
import type { VerificationKey } from './verification-keys.ts'

type Fields = z.infer<z.ZodObject<typeof definitionFields>>

/** A URL of keys, and how long these are used, in milliseconds; 0: as gateway.conf says. */
export interface KeyUrl {
  readonly url: string
  readonly timeoutMs: number
}

/** What a definition says of its tokens. */
export interface JwtOptions {
  readonly method: SigningMethod
  readonly keys: VerificationKey | readonly KeyUrl[]
  readonly identity: IdentityFields
  /** The claim that becomes the `oauth_client_id` of the session; '' for none. */
  readonly clientField: string
  readonly policies: PolicyFields
  readonly skews: Skews
}

/**
 * Reads what an API with `enable_jwt` says of its tokens; null, with the problems noted, where it is wrong.
 *
 * @param needsPolicies whether a token's session becomes the request's
 */
export function readJwt(fields: Fields, needsPolicies: boolean, source: StepSource): JwtOptions | null {
  const method = fields.jwt_signing_method
  if (method === '') {
    source.problem(['jwt_signing_method'], 'expected one of "hmac", "rsa", "ecdsa", "eddsa", found nothing')
    return null
  }
  const keys = readKeys(fields, method, source)
  const policies = policyFields(fields)
  if (needsPolicies && policies.claim === '' && policies.ofScope.size === 0 && policies.byDefault.length === 0) {
    source.problem(
      ['jwt_default_policies'],
      'found none, and neither jwt_policy_field_name nor scopes.jwt.scope_to_policy says where the policy of a token comes from, so that nobody could be let in',
    )
  }
  return keys && { method, keys, policies, ...otherFields(fields) }
}

function otherFields(fields: Fields): Pick<JwtOptions, 'identity' | 'clientField' | 'skews'> {
  return {
    identity: {
      skipKid: fields.jwt_skip_kid,
      baseField: fields.jwt_identity_base_field || fields.jwt_identit_base_field,
    },
    clientField: fields.jwt_client_base_field,
    skews: {
      issuedAt: fields.jwt_issued_at_validation_skew,
      expiresAt: fields.jwt_expires_at_validation_skew,
      notBefore: fields.jwt_not_before_validation_skew,
    },
  }
}

function policyFields(fields: Fields): PolicyFields {
  const { scope_claim_name: claim, scope_to_policy: policies } = fields.scopes?.jwt ?? {}
  const isNew = Object.keys(policies ?? {}).length > 0
  return {
    claim: fields.jwt_policy_field_name,
    scopeClaim: claim || fields.jwt_scope_claim_name || 'scope',
    ofScope: new Map(Object.entries((isNew ? policies : fields.jwt_scope_to_policy_mapping) ?? {})),
    byDefault: fields.jwt_default_policies,
  }
}

function readKeys(fields: Fields, method: SigningMethod, source: StepSource): JwtOptions['keys'] | null {
  const { jwt_jwks_uris: uris, jwt_source: text } = fields
  if (uris.length > 0) return readUris(uris, method, source)
  if (text === '') {
    source.problem(
      ['jwt_source'],
      'expected what tokens are checked with (a URL, a PEM, or either of them or a secret in base64), found nothing',
    )
    return null
  }
  const found = readKeySource(text, method)
  if (typeof found === 'string') {
    source.problem(['jwt_source'], found)
    return null
  }
  if (found.kind === 'url') return [{ url: found.url, timeoutMs: 0 }]
  if (found.warning !== undefined) source.warning(['jwt_source'], found.warning)
  return found.key
}

function readUris(uris: Fields['jwt_jwks_uris'], method: SigningMethod, source: StepSource): readonly KeyUrl[] | null {
  const path: JsonPath = ['jwt_jwks_uris']
  if (method === 'hmac') {
    source.problem(path, 'found URLs, expected a secret in jwt_source, since jwt_signing_method is "hmac"')
    return null
  }
  for (const [i, { url }] of uris.entries()) {
    if (!isUrl(url)) source.problem([...path, i, 'url'], 'expected an http or https URL')
  }
  return uris.map(({ url, cache_timeout: seconds }) => ({ url, timeoutMs: (seconds ?? 0) * 1000 }))
}
