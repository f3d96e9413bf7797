import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { differentFields } from '../../src/control/definition/different-fields.ts'
import { nestedFields, supportedFields } from '../../src/control/definition/schema.ts'
import { unsupportedFields } from '../../src/control/definition/unsupported-fields.ts'

/** The fields of the classic format, by the object they are in, as Tyk's own definitions have them. */
const classic = {
  definition: `id api_id org_id name slug active internal expiration listen_port protocol enable_proxy_protocol domain domain_disabled tags
    tags_disabled is_oas certificates config_data config_data_disabled tag_headers enable_context_vars do_not_track enable_detailed_recording
    expire_analytics_after detailed_tracing enable_batch_request_support strip_auth_data dont_set_quota_on_create session_lifetime
    session_lifetime_respects_key_expiration notifications event_handlers response_processors json_rpc_version application_protocol proxy use_keyless
    use_standard_auth use_basic_auth basic_auth use_oauth2 oauth_meta external_oauth use_openid openid_options enable_jwt jwt_signing_method jwt_source
    jwt_jwks_uris jwt_identity_base_field jwt_client_base_field jwt_policy_field_name jwt_default_policies jwt_issued_at_validation_skew
    jwt_expires_at_validation_skew jwt_not_before_validation_skew jwt_skip_kid idp_client_id_mapping_disabled scopes enable_signature_checking
    hmac_allowed_clock_skew hmac_allowed_algorithms use_mutual_tls_auth client_certificates custom_plugin_auth_enabled use_go_plugin_auth
    enable_coprocess_auth base_identity_provided_by auth auth_configs auth_provider session_provider request_signing upstream_certificates
    upstream_certificates_disabled pinned_public_keys certificate_pinning_disabled upstream_auth security_requirements definition version_data
    custom_middleware custom_middleware_bundle custom_middleware_bundle_disabled analytics_plugin cache_options disable_rate_limit disable_quota
    global_rate_limit enable_ip_whitelisting allowed_ips enable_ip_blacklisting blacklisted_ips ip_access_control_disabled CORS uptime_tests graphql
    error_overrides error_overrides_disabled`,
  versioning:
    'enabled name default location key strip_versioning_data strip_path url_versioning_pattern fallback_to_default versions',
  proxy: `listen_path target_url strip_listen_path disable_strip_slash preserve_host_header enable_load_balancing target_list
    check_host_against_uptime_tests service_discovery transport`,
  transport: 'ssl_insecure_skip_verify ssl_ciphers ssl_min_version ssl_max_version ssl_force_common_name_check proxy_url',
  serviceDiscovery: `use_discovery_service query_endpoint use_nested_query parent_data_path data_path port_data_path target_path use_target_list
    cache_disabled cache_timeout endpoint_returns_list`,
  uptimeTests: 'disabled check_list config',
  uptimeCheck: 'url protocol timeout enable_proxy_protocol commands method headers body',
  versionData: 'not_versioned default_version versions',
  version: `name expires paths use_extended_paths extended_paths global_headers global_headers_remove global_headers_disabled global_response_headers
    global_response_headers_remove global_response_headers_disabled ignore_endpoint_case global_size_limit global_size_limit_disabled
    global_enforce_timeout global_enforce_timeout_disabled override_target`,
  paths: 'ignored white_list black_list',
  extendedPaths: `ignored white_list black_list mock_response cache advance_cache_config transform transform_response transform_jq transform_jq_response
    transform_headers transform_response_headers hard_timeouts circuit_breakers url_rewrites virtual size_limits method_transforms track_endpoints
    do_not_track_endpoints validate_json validate_request internal go_plugin persist_graphql rate_limit`,
  middleware: 'pre post post_key_auth response auth_check traffic_logs driver id_extractor',
  hookEntry: 'disabled name path code require_session raw_body_only',
} as const

const words = (text: string) => text.split(/\s+/)

/** The supported ones of an object. */
function supportedIn(object: string): readonly string[] {
  if (object === 'extendedPaths') return [...supportedFields.extendedPaths.keys()]
  if (object === 'nested')
    return [...nestedFields].flatMap(([name, { shape }]) => Object.keys(shape).map((field) => `${name}.${field}`))
  return supportedFields[object as 'definition']
}

describe('a field of a definition', () => {
  test('of the classic format is supported, or told to be not there', () => {
    for (const [object, names] of Object.entries(classic)) {
      const others = Object.keys((unsupportedFields as Record<string, object>)[object] ?? {})
      const known = new Set([...supportedIn(object), ...others])
      const lost = words(names).filter((name) => !known.has(name))
      assert.deepEqual(lost, [], object)
    }
  })

  test('that differs is one that is supported, and says how', () => {
    for (const [object, notes] of Object.entries(differentFields)) {
      const lost = Object.keys(notes).filter((name) => !supportedIn(object).includes(name))
      assert.deepEqual(lost, [], object)
      for (const note of Object.values(notes)) assert.match(note, /^[^|]{5,100}[^.|]$/)
    }
  })
})
