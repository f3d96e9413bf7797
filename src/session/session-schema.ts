import * as z from 'zod'
import type { AccessDefinition, EndpointLimits, Session, SessionLimits } from '../plugin/contract/session.ts'
import { isPathRule } from './path-pattern.ts'

/** The shapes of sessions, as they come in from outside. What each field means is said where the types are: `postern/plugin`. */

const number = z.number().exactOptional()
const whole = z.int().exactOptional()
const text = z.string().exactOptional()
const texts = z.array(z.string()).exactOptional()
const flag = z.boolean().exactOptional()

const pattern = z.string().refine(isPathRule, 'expected a path rule or a regular expression')

const limitFields = {
  rate: number.describe('Requests per `per` seconds; 0 or less: no limit'),
  per: number.describe('Seconds'),
  throttle_interval: number.describe('Seconds that a request over the rate waits before it tries again'),
  throttle_retry_limit: whole.describe('How often it tries again'),
  quota_max: whole.describe('Requests until the quota is renewed; 0 or less: no quota'),
  quota_remaining: whole.describe('Requests left; told, not read'),
  quota_renews: whole.describe('When the quota is renewed, in Unix seconds; told, not read'),
  quota_renewal_rate: whole.describe('Seconds that a quota lasts'),
  max_query_depth: whole.describe('How deep a GraphQL query may be'),
}

const limitsSchema = z.looseObject(limitFields) satisfies z.ZodType<SessionLimits>

const endpointSchema = z.looseObject({
  path: pattern,
  methods: z.array(z.looseObject({ name: z.string().min(1), limit: limitsSchema })),
}) satisfies z.ZodType<EndpointLimits>

const accessSchema = z.looseObject({
  api_name: text,
  api_id: text,
  versions: texts.describe('Names of versions; none: any'),
  allowed_urls: z
    .array(z.looseObject({ url: pattern, methods: z.array(z.string()) }))
    .exactOptional()
    .describe('Paths, and the methods allowed there; none: all'),
  limit: limitsSchema.exactOptional().describe("In place of the session's own limits"),
  endpoints: z.array(endpointSchema).exactOptional().describe('Rates of single endpoints'),
  allowance_scope: text.describe('What `limit` is counted under'),
}) satisfies z.ZodType<AccessDefinition>

/** By api_id. */
export const accessRightsSchema = z.record(z.string(), accessSchema)

export const metaDataSchema = z.record(z.string(), z.unknown())

const passwordSchema = z.looseObject({
  password: text,
  hash_type: z.enum(['', 'bcrypt', 'sha256', 'murmur32', 'murmur64', 'murmur128']).exactOptional(),
})

/** Fields that sessions and policies have alike. */
export const sharedFields = {
  ...limitFields,
  org_id: text,
  tags: texts,
  meta_data: metaDataSchema.exactOptional().describe('Free data'),
  is_inactive: flag,
  access_rights: accessRightsSchema.exactOptional().describe('By api_id; none: any API'),
  hmac_enabled: flag,
  enable_http_signature_validation: flag,
  post_expiry_action: z.enum(['', 'retain', 'delete']).exactOptional(),
  post_expiry_grace_period: whole,
}

/** A session as the admin API takes it. */
export const sessionSchema = z.looseObject({
  ...sharedFields,
  alias: text,
  expires: whole.describe('Unix seconds; 0 or negative: never'),
  apply_policies: texts.describe('Ids of policies'),
  apply_policy_id: text,
  session_lifetime: whole.describe('Seconds that the key is kept'),
  date_created: text,
  last_updated: text,
  basic_auth_data: passwordSchema.exactOptional(),
  jwt_data: z.looseObject({ secret: text }).exactOptional(),
  hmac_string: text,
  rsa_certificate_id: text,
  certificate: text,
  mtls_static_certificate_bindings: texts,
  oauth_client_id: text,
  oauth_keys: z.record(z.string(), z.string()).exactOptional(),
  monitor: z.looseObject({ trigger_limits: z.array(z.number()).nullable().exactOptional() }).exactOptional(),
  enable_detailed_recording: flag,
  data_expires: whole,
}) satisfies z.ZodType<Session>
