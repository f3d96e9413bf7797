/** Every key of gateway.conf in one file: docs/config.md is made of it, and a reader looks for a key in one place. */
import * as z from 'zod'
import type { SigningPolicy } from '../../plugin/signing/check-signature.ts'
import { isNetwork } from '../../request/address/networks.ts'
import { parseHostPattern } from '../../request/router/host-pattern.ts'
import { compileFinder } from '../../request/rules/pattern.ts'
import type { TlsSettings } from '../../request/upstream/tls-settings.ts'
import { hashFunctionNames } from '../../session/keys/hash-function.ts'
import { fieldNames } from '../../telemetry/access-log/field-names.ts'
import { cipherExpected, opensslCipher } from '../tls/cipher-names.ts'
import { isTlsVersion, tlsVersionExpected } from '../tls/tls-version.ts'

/** Keys whose values are never shown. Each can also come from a file: `POSTERN_SECRET_FILE` names the one with `secret`. */
export const secretMarks = z.registry<{ secret: true }>()

/** A timer of Node's can hold 2^31 − 1 milliseconds; a longer one would fire at once. */
const LONGEST_SECONDS = 2_147_483

const seconds = z.number().min(0).max(LONGEST_SECONDS)

const milliseconds = z
  .int()
  .min(0)
  .max(LONGEST_SECONDS * 1000)

/** More of them would wait for one another on any machine there is. */
const MOST_WORKERS = 128

function isPattern(text: string): boolean {
  try {
    compileFinder(text)
    return true
  } catch {
    return false
  }
}

const domainExpected = 'expected a host name without port, in which "*" or "{name}" may stand for a label'

function isDomain(text: string): boolean {
  try {
    return text === '' || parseHostPattern(text) !== null
  } catch {
    return false
  }
}

const networkExpected = 'expected an IP address, or a network such as "10.0.0.0/8" or "fd00::/8"'

/** A certificate for clients. */
const certificate = z.strictObject({
  /** The domain that it is for, a host name or a pattern as in definitions; '' means those that it names itself. Default ''. */
  domain_name: z.string().refine(isDomain, domainExpected).default(''),

  /** The PEM file of the certificate, with those that it is signed by behind it, relative to the folder of gateway.conf. */
  cert_file: z.string().min(1),

  /** The PEM file of its key, likewise. */
  key_file: z.string().min(1),
})

const spokenExpected = 'expected 0, 771 (TLS 1.2) or 772 (TLS 1.3); older ones are not spoken, since they are not safe (RFC 8996)'
const spokenVersion = z.number().refine((number) => [0, 771, 772].includes(number), spokenExpected)
const cipher = z.string().refine((name) => opensslCipher(name) !== null, cipherExpected)

const httpServerOptions = z.strictObject({
  /** Whether a listen path has to end where a segment of the request's path ends: `/api` then takes `/api/x`, not `/apix`. Default true. */
  enable_strict_routes: z.boolean().default(true),

  /** Whether a path rule that begins with `/` has to match from the beginning of the path, instead of anywhere. Default false. */
  enable_path_prefix_matching: z.boolean().default(false),

  /** Whether a path rule has to match up to the end of the path. Default false. */
  enable_path_suffix_matching: z.boolean().default(false),

  /** How long a client may take to send a whole request, in seconds; 0 means no limit. Default 120. */
  read_timeout: seconds.default(120),

  /** How long a client may take nothing of a response that waits for it, in seconds, before its connection is cut; 0 means no limit. Default 120. */
  write_timeout: seconds.default(120),

  /** The largest request line and headers together, in bytes; a larger head gets 431. Default 32768 (32 KB). */
  max_header_size: z.int().min(1024).max(1_048_576).default(32_768),

  /** How many header lines a request may have; one with more gets 431. Default 100. */
  max_header_count: z.int().min(1).max(10_000).default(100),

  /** The largest body of a request, in bytes as they are sent; a larger one gets 413. 0 means no limit. Default 0. */
  max_request_body_size: z.int().min(0).default(0),

  /**
   * The largest body of an upstream's response, in bytes as they are sent: in place of a larger one the client gets 500, or a response
   * that is cut short where its length was not told beforehand. 0 means no limit. Default 0.
   */
  max_response_body_size: z.int().min(0).default(0),

  /** How many connections of clients may be open; further ones are closed unanswered. 0 means no limit. Default 0. */
  max_connections: z.int().min(0).default(0),

  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies that are believed what they say of a client's address, in X-Forwarded-For or else in
   * X-Real-IP. What any other peer says in them is passed on, but not believed. Default none.
   */
  trusted_proxies: z.array(z.string().refine(isNetwork, networkExpected)).default([]),

  /**
   * Which address in a trusted proxy's X-Forwarded-For is the client's, counted from the right; 0 means the first one from the right that
   * is not in `trusted_proxies`. Default 0.
   */
  xff_depth: z.int().min(0).default(0),

  /**
   * Whether clients may speak HTTP/2: with `use_ssl` where the two agree on it (ALPN), else from the first byte of a connection (h2c with
   * prior knowledge). Upstreams are spoken with in HTTP/1.1 all the same. Default false.
   */
  enable_http2: z.boolean().default(false),

  /** Whether the port speaks TLS, with one of `certificates` or `ssl_certificates`. Default false. */
  use_ssl: z.boolean().default(false),

  /**
   * Certificates for clients: each an object with `cert_file` and `key_file`, PEM files relative to the folder of gateway.conf, and
   * `domain_name`, the domain that it is for; without that, those that it names itself. The first one is also for clients that name no
   * domain, or one that no certificate is for. A reload reads the files anew. As a variable, JSON. Default none.
   */
  certificates: z.array(certificate).default([]),

  /** Further certificates: PEM files, each with a certificate and its key, for the domains that it names itself. Default none. */
  ssl_certificates: z.array(z.string().min(1)).default([]),

  /** The oldest TLS that is spoken: 771 (TLS 1.2), 772 (TLS 1.3), or 0 for 1.2; older ones are not. Default 0. */
  min_version: spokenVersion.default(0),

  /** The newest TLS that is spoken, likewise, or 0 for the newest there is. Default 0. */
  max_version: spokenVersion.default(0),

  /** The cipher suites that are spoken, by their names in TLS or OpenSSL; without one of TLS 1.3, all of its are. Default none. */
  ssl_ciphers: z.array(cipher).default([]),
})

const accessLogs = z.strictObject({
  /** Whether one log line is written for each request that an API takes, or that is refused for what it is. Default false. */
  enabled: z.boolean().default(false),

  /** The fields that the line has, see docs/logs.md; none means all. Default none. */
  template: z.array(z.enum(fieldNames)).default([]),
})

const headerNameExpected = 'expected the name of a header'

const requestId = z.strictObject({
  /** The header that has a request's id, where it is taken or passed on. Default `X-Request-Id`. */
  header: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+$/, headerNameExpected)
    .default('X-Request-Id'),

  /** Whether the id that a client sends is taken, where it is 1 to 128 letters, digits or `._:/+=@-`; else each request has a new UUIDv7. Default false. */
  accept: z.boolean().default(false),

  /** Whether the upstream is told the id. Default false. */
  to_upstream: z.boolean().default(false),

  /** Whether the client is told the id. Default false. */
  to_client: z.boolean().default(false),
})

const metrics = z.strictObject({
  /** The port that answers Prometheus; 0 means that there is none. Default 0. */
  port: z.int().min(0).max(65_535).default(0),

  /** The address that it listens on; '' means all. Default ''. */
  address: z.string().default(''),

  /** The path that is asked. Default `/metrics`. */
  path: z.string().startsWith('/').default('/metrics'),
})

const explain = z.strictObject({
  /** Whether requests are kept in memory, without headers and bodies, for `GET /tyk/requests`; see docs/explain.md. Default true. */
  enabled: z.boolean().default(true),

  /** How many of the latest requests that ended with 500 or above are kept, by each worker. Default 200. */
  max_failed: z.int().min(0).max(100_000).default(200),

  /** How many of the latest requests are kept besides, however they ended; about 2 KB each with their steps. Default 0. */
  max_requests: z.int().min(0).max(100_000).default(0),

  /** Whether the steps of each request are recorded, with their times, for those that are kept. Default false. */
  steps: z.boolean().default(false),
})

const address = z.string().regex(/^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/, 'host:port')

const redisTlsVersion = z.enum(['', '1.0', '1.1', '1.2', '1.3'])

const storage = z.strictObject({
  /**
   * Where keys, quotas and what plugins keep are stored: `sqlite`, in the file `{data_path}/store.db`, for this gateway alone; `redis`, for
   * as many gateways as use it; `memory`, lost when the gateway ends. See docs/storage.md. Default `sqlite`.
   */
  type: z.enum(['sqlite', 'redis', 'memory']).default('sqlite'),

  /** The host of Redis. Default `localhost`. */
  host: z.string().min(1).default('localhost'),

  /** The port of Redis. Default 6379. */
  port: z.int().min(1).max(65_535).default(6379),

  /**
   * Nodes of a Redis cluster, as `host:port`, by which the others are found, or with `master_name` sentinels; in place of `host` and `port`.
   * Default none.
   */
  addrs: z.array(address).default([]),

  /** Whether Redis is a cluster. Default false. */
  enable_cluster: z.boolean().default(false),

  /** What Redis Sentinel calls the master to use; '' means that there are no sentinels. `addrs`, or `host` and `port`, are theirs then. Default ''. */
  master_name: z.string().default(''),

  /** The password for sentinels; '' means none. Default ''. */
  sentinel_password: z.string().default('').register(secretMarks, { secret: true }),

  /** Who the gateway is to Redis; '' is its default user. Default ''. */
  username: z.string().default(''),

  /** The password for Redis; '' means none. Default ''. */
  password: z.string().default('').register(secretMarks, { secret: true }),

  /** The number of the database in Redis; a cluster has 0 alone. Default 0. */
  database: z.int().min(0).default(0),

  /** Whether Redis is spoken to over TLS. Default false. */
  use_ssl: z.boolean().default(false),

  /** The oldest TLS that Redis is spoken with: `1.0`, `1.1`, `1.2`, `1.3`, or '' for what Node has for a default, 1.2. Default ''. */
  tls_min_version: redisTlsVersion.default(''),

  /** The newest TLS that Redis is spoken with, likewise. Default ''. */
  tls_max_version: redisTlsVersion.default(''),

  /** The PEM file of who may vouch for Redis, relative to the folder of gateway.conf; '' means the usual authorities. Default ''. */
  ca_file: z.string().default(''),

  /** The PEM file of the certificate that the gateway shows to Redis, relative to the folder of gateway.conf; '' means none. Default ''. */
  cert_file: z.string().default(''),

  /** The PEM file of the key of `cert_file`, relative to the folder of gateway.conf. Default ''. */
  key_file: z.string().default(''),

  /** How long Redis may take to answer before it counts as away, in seconds: so long requests wait at most. Default 0.5. */
  timeout: z.number().gt(0).max(60).default(0.5),

  /**
   * What becomes of requests while Redis is away: `allow` serves those whose session was held, and counts for this gateway alone; `deny` answers
   * 503 to those that need a session or a limit. Default `allow`.
   */
  on_outage: z.enum(['allow', 'deny']).default('allow'),

  /**
   * What cached responses may take together, in bytes of memory; the longest unused are dropped. In Redis, how large one of them may be.
   * Default 67108864 (64 MB).
   */
  cache_max_size: z.int().min(0).default(67_108_864),
})

function checkStorage({ value, issues }: z.core.ParsePayload<z.infer<typeof storage>>): void {
  const { enable_cluster: isCluster, addrs, database, master_name: master, tls_min_version: min, tls_max_version: max } = value
  const add = (key: string, message: string) => issues.push({ code: 'custom', path: [key], message, input: value })
  if (!isCluster && master === '' && addrs.length > 1) {
    add('addrs', `expected one address, enable_cluster or master_name, found ${addrs.length}`)
  }
  if (isCluster && master !== '') add('master_name', 'expected none, since a cluster has no sentinels')
  if (min !== '' && max !== '' && min > max) add('tls_max_version', `expected at least "tls_min_version" (${min}), found ${max}`)
  if (isCluster && database !== 0) add('database', `expected 0, since a cluster has no other, found ${database}`)
}

const localSessionCache = z.strictObject({
  /** Whether sessions are read from the store for every request. Default false. */
  disable_cached_session_state: z.boolean().default(false),

  /**
   * How long the session of a key is kept, in seconds. What the admin API changes, and what other gateways tell of, takes effect at once all the
   * same. Default 10.
   */
  cached_session_timeout: z.number().gt(0).max(LONGEST_SECONDS).default(10),

  /** How many sessions are kept. Default 10000. */
  max_cached_sessions: z.int().min(1).default(10_000),
})

const policies = z.strictObject({
  /** Where policies come from: `file`, or '' for nowhere. Default `file`. */
  policy_source: z.enum(['file', '']).default('file'),

  /**
   * The folder of the policies, one JSON file each, relative to the folder of gateway.conf; '' means that there is none. The admin API
   * can write them there. Default ''.
   */
  policy_path: z.string().default(''),

  /** A JSON file with all policies by id, where there is no `policy_path`; relative to the folder of gateway.conf. Default ''. */
  policy_record_name: z.string().default(''),

  /** Whether the `id` of a policy in `policy_path` names it where it has an `_id` as well; false: its `_id` does. Default true. */
  allow_explicit_policy_id: z.boolean().default(true),
})

const tlsVersionNumber = z.number().refine(isTlsVersion, tlsVersionExpected)

const serviceDiscovery = z.strictObject({
  /** How long an answer of a service registry holds where a definition does not say, in seconds. Default 60. */
  default_cache_timeout: z.number().gt(0).max(LONGEST_SECONDS).default(60),
})

const uptimeTestsConfig = z.strictObject({
  /** How many tests in a row have to say that a host is down, or up again. Default 3. */
  failure_trigger_sample_size: z.int().min(1).max(1000).default(3),

  /** How often each host is tested, in seconds. Default 10. */
  time_wait: z.number().gt(0).max(LONGEST_SECONDS).default(10),
})

const uptimeTests = z.strictObject({
  /** Whether no host is tested, whatever definitions say. Default false. */
  disable: z.boolean().default(false),

  config: uptimeTestsConfig.prefault({}),
})

const pattern = z.string().refine(isPattern, 'expected a regular expression')

const normaliseUrls = z.strictObject({
  /** Whether paths are recorded with placeholders for what differs from request to request. Default false. */
  enabled: z.boolean().default(false),

  /** Whether UUIDs become `{uuid}`. Default false. */
  normalise_uuids: z.boolean().default(false),

  /** Whether ULIDs become `{ulid}`. Default false. */
  normalise_ulids: z.boolean().default(false),

  /** Whether numbers at the beginning of a segment become `{id}`. Default false. */
  normalise_numbers: z.boolean().default(false),

  /** Regular expressions whose matches become `{var}`. Default none. */
  custom_patterns: z.array(pattern).default([]),
})

const analyticsConfig = z.strictObject({
  /**
   * Where records go: `sqlite`, the file `{data_path}/analytics.db`, which `GET /tyk/analytics` answers from; `redis`, a list in the Redis of
   * `storage`, for tyk-pump; `file`, one JSON object a line; `stdout`, the same on standard output. '' means `redis` where `storage.type` is that,
   * else `sqlite`. See docs/analytics.md. Default ''.
   */
  type: z.enum(['', 'sqlite', 'redis', 'file', 'stdout']).default(''),

  /** Addresses and networks (`10.0.0.0/8`) of clients whose requests are not recorded. Default none. */
  ignored_ips: z.array(z.string().refine(isNetwork, networkExpected)).default([]),

  /** Whether requests and responses are recorded whole, in every API. Default false. */
  enable_detailed_recording: z.boolean().default(false),

  /** How much of the body of a request, and of a response, a detailed record has at most, in bytes. Default 65536 (64 KB). */
  max_recorded_body: z.int().min(0).max(16_777_216).default(65_536),

  /** Whether records hold credentials as they were sent: in headers, queries and cookies of detailed records, and whole keys in `file` and `stdout`. Default false. */
  record_credentials: z.boolean().default(false),

  normalise_urls: normaliseUrls.prefault({}),

  /** How many records may wait to be written; while there are as many, further ones are dropped, and counted. Default 10000. */
  records_buffer_size: z.int().min(1).max(1_000_000).default(10_000),

  /** `redis`: how long the list is kept once nothing is added any more, in seconds; 0 means for ever. Default 60. */
  storage_expiration_time: seconds.default(60),

  /** `redis`: whether records are spread over ten lists. Default false. */
  enable_multiple_analytics_keys: z.boolean().default(false),

  /** `redis`: how records are encoded; '' means `msgpack` as well. Default ''. */
  serializer_type: z.enum(['', 'msgpack']).default(''),

  /** `sqlite`: how long records are kept, in seconds. Default 604800 (7 days). */
  retention: z.int().min(1).default(604_800),

  /** `sqlite`: how large the file may become, in bytes; the oldest records are removed beyond that. Default 1073741824 (1 GB). */
  max_database_size: z.int().min(1_048_576).default(1_073_741_824),

  /** `file`: the file, relative to the folder of gateway.conf; '' means `{data_path}/analytics.jsonl`. Default ''. */
  file: z.string().default(''),

  /** `file`: how large a file may become, in bytes, before another one is begun. Default 104857600 (100 MB). */
  max_file_size: z.int().min(1024).default(104_857_600),

  /** `file`: how many files there are at most, the current one included; the oldest is removed. Default 5. */
  max_files: z.int().min(1).max(1000).default(5),
})

const bundleBaseExpected = 'expected an http or https URL, file:///folder, or s3://bucket/prefix'

function isBundleBase(text: string): boolean {
  const url = URL.parse(text)
  if (url === null) return text === ''
  return url.protocol === 'file:' ? url.host === '' : ['http:', 'https:', 's3:'].includes(url.protocol) && url.host !== ''
}

const jwksCache = z.strictObject({
  /** How long the keys of JWTs are used before they are fetched anew, in seconds, unless a definition says otherwise. Default 240. */
  timeout: z.number().gt(0).max(LONGEST_SECONDS).default(240),
})

const jwks = z.strictObject({
  cache: jwksCache.prefault({}),

  /** How often the keys behind one URL are fetched at most, in seconds, however many tokens name keys that are not known. Default 10. */
  refetch_interval: z.number().min(0).max(LONGEST_SECONDS).default(10),
})

/** The keys of gateway.conf. */
export const configSchema = z.strictObject({
  /** The address to listen on; '' means all. Default ''. */
  listen_address: z.string().default(''),

  /** The port to listen on; 0 lets the system choose one. Default 8181. */
  listen_port: z.int().min(0).max(65_535).default(8181),

  /**
   * The port of the admin API, where that is to be on a port of its own: the other one then has `/hello` and `/ready` alone. 0 means that
   * both are on `listen_port`. Default 0.
   */
  control_api_port: z.int().min(0).max(65_535).default(0),

  /** The address that `control_api_port` is opened on, for instance `127.0.0.1`; '' means that of `listen_address`. Default ''. */
  control_api_address: z.string().default(''),

  /** The host that requests of the admin API have to be for, without a port; for others there is none. '' means any. Default ''. */
  control_api_hostname: z.string().default(''),

  /** Whether `GET /tyk/config` shows the configuration, secrets hidden. Default false. */
  enable_config_inspection: z.boolean().default(false),

  /** What the admin API expects in `X-Tyk-Authorization`; '' has one generated into `{data_path}/secret` at the first start. Default ''. */
  secret: z.string().default('').register(secretMarks, { secret: true }),

  /**
   * Texts that definitions name instead of holding them: `$secret_conf.NAME` in a header or a rewrite, `secrets://NAME` as a whole value.
   * The variable has them as a JSON object. Default none.
   */
  secrets: z.record(z.string(), z.string()).default({}).register(secretMarks, { secret: true }),

  /** The folder of the files that definitions name in the same way (`$secret_file.NAME`, `file://NAME`), relative to the folder of gateway.conf. Default `secrets`. */
  secrets_path: z.string().min(1).default('secrets'),

  /** The folder of the API definitions, relative to the folder of gateway.conf. Default `apps`. */
  app_path: z.string().min(1).default('apps'),

  /** The folder of what the gateway itself keeps, relative to the folder of gateway.conf. Default `data`. */
  data_path: z.string().min(1).default('data'),

  storage: storage.check(checkStorage).prefault({}),

  /** Folders outside of the folder of gateway.conf that definitions may name artifacts in, relative to it or absolute. Default none. */
  plugin_paths: z.array(z.string().min(1)).default([]),

  /** Whether artifacts are loaded anew when their files change, without a reload being asked for. Default false. */
  watch_plugins: z.boolean().default(false),

  /**
   * PEM files of the Ed25519 keys that artifacts may be signed by, relative to the folder of gateway.conf. With any, a signature that does not
   * verify is refused; see docs/signing.md. Default none.
   */
  plugin_public_keys: z.array(z.string().min(1)).default([]),

  /** Whether an artifact without a signature by one of `plugin_public_keys` is refused. Default false. */
  require_signed_plugins: z.boolean().default(false),

  /** The largest body that a plugin may read or write whole, in bytes; a larger request gets 413. Default 10485760 (10 MB). */
  max_plugin_body: z.int().min(1).default(10_485_760),

  /** The largest artifact that `PUT /tyk/plugins/{name}` takes, in bytes. Default 10485760 (10 MB). */
  plugin_upload_max_size: z.int().min(1).max(104_857_600).default(10_485_760),

  /** Whether bundles that definitions name are fetched; without it such an API answers 500. Default false. */
  enable_bundle_downloader: z.boolean().default(false),

  /**
   * What the names of bundles are appended to: an http, https or file URL, or `s3://bucket/prefix`, whose credentials come from the
   * environment. User and password in it become Basic authentication, and a query is kept. Default ''.
   */
  bundle_base_url: z.string().refine(isBundleBase, bundleBaseExpected).default('').register(secretMarks, { secret: true }),

  /** Whether any certificate of an https server that bundles come from is accepted. Default false. */
  bundle_insecure_skip_verify: z.boolean().default(false),

  /**
   * The PEM file of the RSA or Ed25519 key that bundles have to be signed with, relative to the folder of gateway.conf; '' accepts
   * unsigned ones. The file is read once. Default ''.
   */
  public_key_path: z.string().default(''),

  /** How long one bundle may take to arrive, further attempts after failed ones included, in seconds. Default 30. */
  bundle_timeout: z.number().gt(0).max(LONGEST_SECONDS).default(30),

  /**
   * How long a start or a reload waits for bundles, in seconds. An API whose bundle is late is served with the last good version of it,
   * or answers 500 if there is none, and is loaded again once the bundle is there. Default 3.
   */
  bundle_load_wait: z.number().min(0).max(LONGEST_SECONDS).default(3),

  /** The largest bundle that is fetched, in bytes. Default 52428800 (50 MB). */
  bundle_max_size: z.int().min(1).default(52_428_800),

  /** How large the files of one bundle may be together once they are unpacked, in bytes. Default 209715200 (200 MB). */
  bundle_max_unpacked_size: z.int().min(1).default(209_715_200),

  /** How many entries the zip of a bundle may have. Default 1000. */
  bundle_max_files: z.int().min(1).default(1000),

  /** How long the upstream may take to begin its answer, in seconds. Default 30. */
  proxy_default_timeout: z.number().gt(0).max(LONGEST_SECONDS).default(30),

  /** How long a connection to an upstream may take to open, TLS included, in seconds; `proxy_default_timeout` if that is less. Default 30. */
  proxy_connect_timeout: z.number().gt(0).max(LONGEST_SECONDS).default(30),

  /** Whether any certificate of an upstream is accepted. Default false. */
  proxy_ssl_insecure_skip_verify: z.boolean().default(false),

  /** The oldest TLS that upstreams are spoken with: 769 (TLS 1.0), 770 (1.1), 771 (1.2), 772 (1.3), or 0 for what Node has for a default, 1.2. Default 0. */
  proxy_ssl_min_version: tlsVersionNumber.default(0),

  /** The newest TLS that upstreams are spoken with, likewise. Default 0. */
  proxy_ssl_max_version: tlsVersionNumber.default(0),

  /** The cipher suites that are offered to upstreams, by their names in TLS or OpenSSL; without one of TLS 1.3, all of its are. Default none. */
  proxy_ssl_ciphers: z.array(cipher).default([]),

  /**
   * A PEM file of the authorities that certificates of upstreams have to be signed by, in place of those that Node knows, relative to the
   * folder of gateway.conf. Default ''.
   */
  proxy_ssl_ca_file: z.string().default(''),

  uptime_tests: uptimeTests.prefault({}),

  service_discovery: serviceDiscovery.prefault({}),

  /** Whether `domain` in a definition is heeded; without it an API listens on every host. Default false. */
  enable_custom_domains: z.boolean().default(false),

  http_server_options: httpServerOptions.prefault({}),

  /** Whether letters of path rules match in either case, in every API. Default false. */
  ignore_endpoint_case: z.boolean().default(false),

  /** Whether keys are stored hashed, so that the store does not tell them. Keys stored otherwise are not found any more. Default false. */
  hash_keys: z.boolean().default(false),

  /**
   * What keys are hashed by; new ones name it in their text. `hmac-sha256` needs `hash_key_secret`. '' means murmur32, in keys that do not name it.
   * Default ''.
   */
  hash_key_function: z.enum(['', ...hashFunctionNames]).default(''),

  /** What keys may be hashed by besides, since they were made with other settings. Default none. */
  hash_key_function_fallback: z.array(z.enum(hashFunctionNames)).default([]),

  /** What `hmac-sha256` is keyed with; a store is worth nothing without it, nor are the keys. Default ''. */
  hash_key_secret: z.string().default('').register(secretMarks, { secret: true }),

  /** The shortest text that is looked up as a key, in characters. Default 3. */
  min_token_length: z.int().min(1).default(3),

  /** Whether a key may be for every API there is: one without access rights. Default false. */
  allow_master_keys: z.boolean().default(false),

  /** Whether the admin API lists keys that are stored hashed. Default false. */
  enable_hashed_keys_listing: z.boolean().default(false),

  local_session_cache: localSessionCache.prefault({}),

  policies: policies.prefault({}),

  /**
   * How rates are counted: `sliding-window` lets no stretch of time have more than the rate, `token-bucket` lets a burst in and refills evenly,
   * `fixed-window` begins anew when the time is over. Default `sliding-window`.
   */
  rate_limit_algorithm: z.enum(['sliding-window', 'token-bucket', 'fixed-window']).default('sliding-window'),

  /** Another way to write `"rate_limit_algorithm": "fixed-window"`. Default false. */
  enable_fixed_window_rate_limiter: z.boolean().default(false),

  /** What `X-RateLimit-Limit`, `-Remaining` and `-Reset` tell of: `quotas` or `rate_limits`. Default `quotas`. */
  rate_limit_response_headers: z.enum(['quotas', 'rate_limits']).default('quotas'),

  /** Whether `RateLimit`, `RateLimit-Policy` and, with a refusal, `Retry-After` are sent as well. Default false. */
  enable_ietf_rate_limit_headers: z.boolean().default(false),

  /** How large the body of a response may be that the cache keeps, in bytes. Default 1048576 (1 MB). */
  cache_max_entry_size: z.int().min(0).default(1_048_576),
  jwks: jwks.prefault({}),

  /** The least severe lines that are written. Default `info`. */
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),

  /** `json`, `pretty` (also called `text`), or `auto`: pretty in a terminal, json elsewhere. Default `auto`. */
  log_format: z
    .enum(['auto', 'json', 'pretty', 'text'])
    .transform((format) => (format === 'text' ? 'pretty' : format))
    .default('auto'),

  access_logs: accessLogs.prefault({}),

  /** Whether a request that leads to no API has a line in the log too, where `access_logs` are on. Default false. */
  track_404_logs: z.boolean().default(false),

  request_id: requestId.prefault({}),

  metrics: metrics.prefault({}),

  /** Whether calls of plugins are counted and timed over StatsD; the same as `postern start --log-instrumentation`. Default false. */
  instrumentation: z.boolean().default(false),

  /** Where StatsD listens, over UDP, as `host:port`; '' means nowhere. Default ''. */
  statsd_connection_string: z.union([z.literal(''), address]).default(''),

  /** What the names of metrics begin with there, before a dot. Default ''. */
  statsd_prefix: z.string().default(''),
  explain: explain.prefault({}),

  /**
   * Whether responses tell clients in `Server-Timing` how long the gateway, its plugins and the upstream took until the response began.
   * Default false.
   */
  enable_server_timing: z.boolean().default(false),
  /** Whether requests are recorded; see docs/analytics.md. Default false. */
  enable_analytics: z.boolean().default(false),

  analytics_config: analyticsConfig.prefault({}),

  /**
   * How many processes serve requests: a whole number, or `auto` for one for each processor that the gateway may use. Limits, quotas, keys and
   * reloads are common to them; what plugins keep in variables is not. See docs/workers.md. Default 1.
   */
  workers: z.union([z.int().min(1).max(MOST_WORKERS), z.literal('auto')]).default(1),

  /** After how long a blocked event loop is reported, with the plugin, file and line that block it, in milliseconds; 0 means never. Default 500. */
  event_loop_block_ms: milliseconds.default(500),

  /** After how long a process whose event loop is blocked is ended and replaced, in milliseconds; 0 means never. Default 5000. */
  event_loop_kill_ms: milliseconds.default(5_000),

  /** How long an artifact that brought down a process is not loaded, in milliseconds; what uses it answers 500 meanwhile. Default 60000. */
  plugin_quarantine_ms: milliseconds.default(60_000),

  /** How long open requests may go on once the gateway closes, in seconds; then they are cut. Default 30. */
  graceful_shutdown_timeout_duration: seconds.default(30),

  /** How long the gateway goes on serving, not ready, before it closes, in seconds, so that load balancers can notice. Default 0. */
  graceful_shutdown_delay_seconds: seconds.default(0),
})

/** gateway.conf and the environment, checked. The paths in it are absolute. Read once at start. */
export interface Config extends z.infer<typeof configSchema> {
  /** The configuration file, absolute. */
  readonly file: string
  /** The folder of the configuration file, absolute: what relative paths in it and in definitions are relative to. */
  readonly folder: string
  /** The keys of `plugin_public_keys`, and whether artifacts need a signature. */
  readonly signing: SigningPolicy
  /** What the keys `proxy_ssl_*` ask of upstreams. */
  readonly upstreamTls: TlsSettings
  /** What of the file and of the environment is not heeded, a line each. */
  readonly warnings: readonly string[]
  /** By key, dotted: the file or the variable that its value is from; what is not in it has its default. */
  readonly sources: Readonly<Record<string, string>>
}
