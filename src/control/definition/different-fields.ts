/**
 * The supported fields that do not mean quite what they mean to Tyk, by the object they are in, with what is different here. It is for
 * docs/fields.md: who changes what a field does, says it here.
 */
export const differentFields = {
  definition: {
    CORS: 'preflights come before versions and lists; headers of the upstream are taken off',
    base_identity_provided_by: 'counts for plugins, too',
    cache_options: 'what must not be shared is not kept; without keys all clients share',
    certificates: 'paths of PEM files',
    custom_middleware_bundle: 'one that cannot be used is replaced by its last good version',
    enable_ip_blacklisting: 'a list counts whatever it says, with a warning',
    enable_ip_whitelisting: 'a list counts whatever it says, with a warning',
    jwt_signing_method: '`eddsa` as well',
    jwt_source: 'no ids of certificates',
    pinned_public_keys: 'fingerprints, no ids',
    upstream_certificates: 'paths of PEM files',
    use_go_plugin_auth: 'of no effect without an `auth_check`, with a warning',
    version_data: 'several versions, none of which is the default, are an error',
  },
  versioning: {
    key: 'a request that names two versions is 403',
  },
  proxy: {
    listen_path: 'ends where a segment ends; one that is taken is an error, and never renamed',
    target_list: 'a target may have a path and a query of its own',
  },
  transport: {
    proxy_url: 'http and https alone',
    ssl_ciphers: 'names of TLS or of OpenSSL',
  },
  version: {
    name: 'access rights go by it, rules by the version they are in',
  },
  extendedPaths: {
    advance_cache_config: 'what must not be shared is not kept',
    black_list: 'holds however a path is written, in whatever letters',
    cache: 'what must not be shared is not kept',
    circuit_breakers: 'one event for a move',
    go_plugin: 'artifacts in JavaScript; one list with `js_plugin`',
    ignored: 'opens what a path is in every reading',
    internal: 'holds however a path is written, in whatever letters',
    method_transforms: 'a method that there is not is an error of the definition',
    rate_limit: 'holds however a path is written, in whatever letters',
    size_limits: 'hold however a path is written, in whatever letters',
    url_rewrites: 'what a loop may do is fixed; values are encoded',
    validate_json: 'drafts 4 to 2020-12; holds however a path is written',
    white_list: 'lets in what a path is in every reading',
  },
  middleware: {
    auth_check: 'one that says nothing is 401, at once',
    driver: '`jsplugin`; `goplugin` is read as the same, any other is an error',
    response: 'a plugin that answers replaces the response',
  },
  hookEntry: {
    path: 'relative to the folder of gateway.conf; a `.so` is an error',
  },
  nested: {
    'CORS.allow_credentials': 'of no effect beside `*`, with a warning',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>
