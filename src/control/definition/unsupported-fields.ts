import { isJsonObject, type JsonObject } from '../../json/json-path.ts'

/**
 * The fields of the classic format that Postern does not support (yet). Exported definitions hold most of them with values that
 * turn nothing on, so what counts is whether a field is active.
 */
export interface UnsupportedField {
  /**
   * What an active one leads to. `none`: nothing, it only says how another field works. `ignored`: a warning. `protects`: the API
   * is not served, because serving it without the field would let through what it keeps out.
   */
  readonly effect: 'none' | 'ignored' | 'protects'
  /** Whether the value turns something on, inside the object that holds it. */
  readonly isActive: (value: unknown, owner: JsonObject) => boolean
  /** What an active one of the kind `protects` is told, where there is more to say than that it is not there. */
  readonly problem?: (value: unknown) => string
}

type Active = UnsupportedField['isActive']
export type UnsupportedFields = Readonly<Record<string, UnsupportedField>>

/** Whether there is anything other than empty values in a value, at any depth. */
export function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isJsonObject(value)) return Object.values(value).some(isSet)
  return Boolean(value)
}

const none: UnsupportedField = { effect: 'none', isActive: () => false }
const ignored = (isActive: Active = isSet): UnsupportedField => ({ effect: 'ignored', isActive })
const protects = (isActive: Active = isSet): UnsupportedField => ({ effect: 'protects', isActive })

/** An object with a switch of its own. */
const switchedBy =
  (...switches: readonly string[]): Active =>
  (value) =>
    isJsonObject(value) && switches.some((name) => isSet(value[name]))

/** A field with a switch beside it that turns it off. */
const unless =
  (off: string): Active =>
  (value, owner) =>
    isSet(value) && owner[off] !== true

/** A way to authenticate: of no effect on keyless APIs. */
const authenticates = protects((value, owner) => isSet(value) && owner.use_keyless !== true)

/** A list of path rules, each with a `disabled` of its own. */
const hasEnabledEntry: Active = (value) =>
  Array.isArray(value) ? value.some((entry) => !isJsonObject(entry) || entry.disabled !== true) : isSet(value)

const isOtherThan =
  (...harmless: readonly unknown[]): Active =>
  (value) =>
    isSet(value) && !harmless.includes(value)

const definition: UnsupportedFields = {
  // What the dashboard or the database keeps
  id: none,
  slug: none,
  created_at: none,
  updated_at: none,

  // Who may call
  use_oauth2: authenticates,
  use_openid: authenticates,
  use_mutual_tls_auth: authenticates,
  enable_signature_checking: authenticates,
  enable_coprocess_auth: authenticates,
  external_oauth: protects((value, owner) => switchedBy('enabled')(value, owner) && owner.use_keyless !== true),
  auth_provider: none,
  client_certificates: none,
  hmac_allowed_algorithms: none,
  hmac_allowed_clock_skew: none,
  idp_client_id_mapping_disabled: none,
  notifications: none,
  oauth_meta: none,
  openid_options: none,
  security_requirements: none,

  // Whom a key or an address lets in, and how often
  dont_set_quota_on_create: ignored(),
  session_lifetime: ignored(),
  session_lifetime_respects_key_expiration: none,
  session_provider: none,

  // Where and how it is served
  listen_port: {
    ...protects(),
    problem: (port) =>
      `found ${port}, expected 0 or nothing, since no API has a port of its own: all are served on "listen_port" of gateway.conf; tell this one apart by its listen_path or its domain`,
  },
  protocol: {
    ...protects(isOtherThan('http')),
    problem: (protocol) =>
      `found ${JSON.stringify(protocol)}, expected "http" or nothing, since all APIs are served on one port: TLS and HTTP/2 are turned on for it in "http_server_options" of gateway.conf, and other protocols are not spoken`,
  },
  enable_proxy_protocol: ignored(),
  is_oas: {
    ...protects(),
    problem: () => 'found true, expected false or nothing, since definitions in OpenAPI are not read: give its classic form',
  },
  application_protocol: protects(),
  json_rpc_version: ignored(),
  graphql: protects(switchedBy('enabled')),

  // What happens to a request
  config_data_disabled: ignored(),
  enable_batch_request_support: ignored(),
  error_overrides: ignored(unless('error_overrides_disabled')),
  error_overrides_disabled: none,
  request_signing: ignored(switchedBy('is_enabled')),
  response_processors: ignored(),
  upstream_auth: ignored(switchedBy('enabled')),

  // What is recorded
  detailed_tracing: ignored(),
  event_handlers: ignored(),
}

const proxy: UnsupportedFields = {
  disable_strip_slash: none, // a slash at the end is always kept
}

/** A list is seen to be one. */
const serviceDiscovery: UnsupportedFields = { endpoint_returns_list: none }

const uptimeTests: UnsupportedFields = {
  config: ignored((value) => isJsonObject(value) && switchedBy('use_discovery_service')(value.service_discovery, value)),
}

const uptimeCheck: UnsupportedFields = { enable_proxy_protocol: ignored(), commands: ignored() }

const version: UnsupportedFields = {}

const extendedPaths: UnsupportedFields = {
  validate_request: protects(hasEnabledEntry),
  persist_graphql: ignored(hasEnabledEntry),
  transform: ignored(hasEnabledEntry),
  transform_jq: ignored(hasEnabledEntry),
  transform_jq_response: ignored(hasEnabledEntry),
  transform_response: ignored(hasEnabledEntry),
  virtual: ignored(hasEnabledEntry),
}

const middleware: UnsupportedFields = { id_extractor: none }

const hookEntry: UnsupportedFields = { code: ignored(), raw_body_only: none, require_session: none }

/**
 * Fields of objects that built-in steps read, by the name of the object. The steps see to them by themselves: those that protect are
 * problems of the definition.
 */
const nested: Readonly<Record<string, UnsupportedFields>> = {
  auth: { use_certificate: protects(), validate_signature: protects(), signature: none },
  auth_configs: { hmac: none, oauth: none, externalOAuth: none, oidc: none },
  scopes: { oidc: none },
}

/** The unsupported fields, by the object they are in. */
export const unsupportedFields = {
  definition,
  versioning: {},
  proxy,
  serviceDiscovery,
  uptimeTests,
  uptimeCheck,
  versionData: {},
  version,
  paths: {},
  extendedPaths,
  middleware,
  hookEntry,
  nested,
} as const satisfies Record<string, UnsupportedFields | Readonly<Record<string, UnsupportedFields>>>
