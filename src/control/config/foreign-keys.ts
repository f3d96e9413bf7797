/** Every key of tyk.conf that Postern does not have, in one table: whoever adds one to the schema takes its row out here. */
import { isSet } from '../definition/unsupported-fields.ts'

/**
 * What becomes of a key of Tyk's that Postern does not have, once it turns something on. `none`: nothing is said, since what it asks for is
 * so anyway, or means nothing here. `ignored`: a warning. `protects`: the gateway does not start, because without it requests
 * would be let through that it keeps out.
 */
export interface ForeignKey {
  readonly effect: 'none' | 'ignored' | 'protects'
  /** What to do instead; '' where nothing is said. */
  readonly instead: string
  readonly isActive: (value: unknown) => boolean
}

type Active = ForeignKey['isActive']

const none: ForeignKey = { effect: 'none', instead: '', isActive: () => false }
const ignored = (instead: string, isActive: Active = isSet): ForeignKey => ({ effect: 'ignored', instead, isActive })
const protects = (instead: string, isActive: Active = isSet): ForeignKey => ({ effect: 'protects', instead, isActive })

const isOtherThan =
  (...harmless: readonly unknown[]): Active =>
  (value) =>
    isSet(value) && !harmless.includes(value)

const switchedBy =
  (...switches: readonly string[]): Active =>
  (value) =>
    typeof value === 'object' && value !== null && switches.some((name) => isSet((value as Record<string, unknown>)[name]))

const REMOVE = 'remove it'
const DASHBOARD = 'there is no dashboard: definitions are files in app_path, policies are files in policies.policy_path'
const ONE_STORE = 'there is one store, "storage"'
const NO_GO_LOG = 'the log is JSON lines on standard output; collect it there'
const OTHER_ENDPOINTS = 'the endpoints are /hello and /ready'
const POOL = 'connections to upstreams are kept as they are needed'

/** By their dotted names; a name stands for all that is below it and has no row of its own. */
export const foreignKeys: Readonly<Record<string, ForeignKey>> = {
  allow_insecure_configs: none,
  'analytics_config.enable_geo_ip': ignored('records have no place on the map; look up IPAddress in what reads them'),
  'analytics_config.geo_ip_db_path': none,
  'analytics_config.pool_size': none,
  'analytics_config.purge_interval': none,
  analytics_storage: ignored(ONE_STORE),
  auth_override: protects('give the admin API a secret, "secret"'),
  basic_auth_hash_key_function: ignored('passwords are hashed by bcrypt', isOtherThan('bcrypt')),
  cache_storage: ignored(ONE_STORE),
  close_connections: ignored('connections of clients are kept open; let the proxy before the gateway close them'),
  cloud: ignored(DASHBOARD),
  'coprocess_options.enable_coprocess': ignored('plugins are written in TypeScript; see docs/porting-from-tyk.md'),
  coprocess_options: none,
  db_app_conf_options: ignored(DASHBOARD, switchedBy('connection_string')),
  disable_dashboard_zeroconf: none,
  disable_key_actions_by_username: ignored('keys are named by themselves or by their hashes'),
  disable_ports_whitelist: none,
  disable_regexp_cache: none,
  disable_virtual_path_blobs: none,
  dns_cache: ignored('names of upstreams are resolved for each connection', switchedBy('enabled')),
  drl_enable_sentinel_rate_limiter: none,
  drl_notification_frequency: none,
  drl_threshold: none,
  enable_http_profiler: ignored('run: node --cpu-prof'),
  enable_jsvm: ignored('plugins are compiled; see docs/porting-from-tyk.md'),
  enable_key_logging: ignored('keys are never in the log in full'),
  enable_non_transactional_rate_limiter: none,
  enable_rate_limit_smoothing: ignored('choose a "rate_limit_algorithm"'),
  enable_redis_rolling_limiter: none,
  enable_sentinel_rate_limiter: none,
  enable_separate_analytics_store: ignored(ONE_STORE),
  enable_separate_cache_store: ignored(ONE_STORE),
  enforce_org_data_age: ignored('what is recorded has one age for all organisations'),
  enforce_org_data_detail_logging: ignored('turn it on by API'),
  enforce_org_quotas: protects('there are no quotas of organisations; give the keys quotas, or the API a rate'),
  error_overrides: ignored('write answers of your own in a plugin'),
  event_handlers: ignored('there are no handlers of events; watch the log', (value) => isSet(value)),
  experimental_process_org_off_thread: none,
  force_global_session_lifetime: protects('keys live as long as their own "expires" and lifetime say; set those'),
  global_session_lifetime: none,
  'health_check.enable_health_checks': ignored('ask for /tyk/status'),
  health_check: none,
  health_check_endpoint_name: ignored(OTHER_ENDPOINTS, isOtherThan('hello')),
  hide_generator_header: none,
  hostname: none,
  ignore_canonical_mime_header_key: none,
  jsvm_timeout: none,
  jwt_ssl_insecure_skip_verify: ignored('certificates of key servers are verified; have them trusted by NODE_EXTRA_CA_CERTS'),
  kv: ignored('secrets come from the environment, from "secrets" and from files in "secrets_path"'),
  labs: ignored(REMOVE),
  liveness_check: none,
  management_node: ignored('every gateway serves requests; leave it out of the load balancer'),
  max_conn_time: none,
  max_idle_connections: ignored(POOL),
  max_idle_connections_per_host: ignored(POOL),
  middleware_path: none,
  monitor: ignored('there are no monitors of quotas', switchedBy('enable_trigger_monitors')),
  newrelic: ignored('there is no New Relic agent', switchedBy('app_name', 'license_key')),
  node_secret: none,
  oas_config: none,
  oauth_error_status_code: none,
  oauth_redirect_uri_separator: none,
  oauth_refresh_token_expire: none,
  oauth_token_expire: none,
  oauth_token_expired_retain_period: none,
  opentelemetry: ignored('there is no tracing yet', switchedBy('enabled')),
  optimisations_use_async_session_write: none,
  override_messages: ignored('write answers of your own in a plugin'),
  pid_file_location: none,
  ports_whitelist: none,
  proxy_close_connections: ignored('connections to upstreams are kept open'),
  proxy_enable_http2: ignored('upstreams are spoken with in HTTP/1.1'),
  proxy_ssl_disable_renegotiation: none,
  readiness_check_endpoint_name: ignored(OTHER_ENDPOINTS, isOtherThan('ready')),
  regexp_cache_expire: none,
  reload_interval: none,
  resource_sync: none,
  'security.certificates.upstream': ignored('name client certificates in each definition, "upstream_certificates"'),
  'security.certificates': protects('there are no certificates of clients yet, so nobody would be kept out by them'),
  'security.certificate_expiry_monitor': none,
  'security.control_api_use_mutual_tls': protects(
    'the admin API asks for "secret" alone; keep /tyk/ from outside by the proxy before it',
  ),
  'security.pinned_public_keys': protects('pin the keys of upstreams in each definition, "pinned_public_keys"'),
  'security.private_certificate_encoding_secret': none,
  sentry_code: none,
  session_lifetime_respects_key_expiration: none,
  skip_verify_existing_plugin_bundle: ignored('a bundle is verified whenever it is loaded'),
  'slave_options.use_rpc': ignored(DASHBOARD),
  slave_options: none,
  streaming: ignored('there are no streams but those of HTTP', switchedBy('enabled')),
  suppress_default_org_store: none,
  suppress_redis_signal_reload: ignored('gateways on one Redis reload together when they are asked to'),
  syslog_network_addr: none,
  syslog_transport: none,
  template_path: ignored(
    'error bodies are fixed; write others in a plugin',
    isOtherThan('templates', '/opt/tyk-gateway/templates'),
  ),
  tracing: ignored('there is no tracing yet', switchedBy('enabled')),
  tyk_js_path: none,
  use_db_app_configs: ignored(DASHBOARD),
  use_graylog: ignored(NO_GO_LOG),
  use_logstash: ignored(NO_GO_LOG),
  use_redis_log: ignored(NO_GO_LOG),
  use_sentry: ignored(NO_GO_LOG),
  use_syslog: ignored(NO_GO_LOG),
  version_header: ignored('the header that names a version is said in each definition, "definition.key"'),
  'storage.optimisation_max_active': none,
  'storage.optimisation_max_idle': none,
  'storage.hosts': ignored('name the hosts in "storage.addrs"'),
  'http_server_options.enable_websockets': ignored('WebSockets are always let through', (value) => value === false),
  'http_server_options.flush_interval': none,
  'http_server_options.override_defaults': none,
  'http_server_options.server_name': none,
  'http_server_options.skip_client_ca_announcement': none,
  'http_server_options.skip_target_path_escaping': none,
  'http_server_options.skip_url_cleaning': none,
  'local_session_cache.cached_session_eviction': none,
  'policies.policy_connection_string': none,
  'uptime_tests.config.checker_pool_size': none,
  'uptime_tests.config.enable_uptime_analytics': none,
  'uptime_tests.poller_group': none,
}
