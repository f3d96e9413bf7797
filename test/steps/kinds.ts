import { createHmac } from 'node:crypto'
import { KEY, type KindRow } from './kind-row.ts'

const FOREVER = 3600
const FAR = 4_102_444_800

const secret = 'a secret of no less than 32 bytes'
const base64 = (text: string) => Buffer.from(text).toString('base64')

function token(claims: object): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** An answer of the upstream, with what both plugins leave on it. */
const passed = (request: string, more: Partial<KindRow['passes'][number]> = {}) => ({
  request,
  lines: [KEY],
  status: 200,
  headers: { 'X-Plugin': 'one' },
  upstream: { headers: { 'x-post': 'one' } },
  ...more,
})
const refused = (request: string, status: number, error: string, more: Partial<KindRow['passes'][number]> = {}) => ({
  request,
  lines: [KEY],
  status,
  error,
  ...more,
})

/** Every kind of step by its key; a test sees to it that none is forgotten. */
export const kinds: Readonly<Record<string, KindRow>> = {
  cors: {
    fields: { CORS: { enable: true, allowed_origins: ['https://app.example'], debug: true } },
    passes: [
      passed('GET /a', {
        lines: [KEY, 'Origin: https://app.example'],
        headers: { 'X-Plugin': 'one', 'Access-Control-Allow-Origin': 'https://app.example' },
      }),
      passed('GET /a', {
        lines: [KEY, 'Origin: https://evil.example'],
        headers: { 'X-Plugin': 'one', 'Access-Control-Allow-Origin': null },
      }),
    ],
    refuses: null,
    logged: { msg: 'CORS: Responses are kept from the origin "https://evil.example"' },
  },
  expiry: {
    fields: { definition: { location: 'header', key: 'X-Version' } },
    versionData: {
      versions: {
        now: { name: 'now', expires: '2999-12-31 23:59' },
        past: { name: 'past', expires: '2020-01-01 00:00' },
      },
    },
    passes: [
      passed('GET /a', {
        lines: [KEY, 'X-Version: now'],
        headers: { 'X-Plugin': 'one', 'x-tyk-api-expires': 'Tue, 31 Dec 2999 23:59:00 GMT' },
      }),
    ],
    refuses: refused('GET /a', 403, 'Api Version has expired, please check documentation or contact administrator', {
      lines: [KEY, 'X-Version: past'],
    }),
    logged: { event: 'VersionFailure' },
  },
  'path-access': {
    extendedPaths: { black_list: [{ path: '^/closed' }], ignored: [{ path: '^/open$' }] },
    passes: [
      passed('GET /a'),
      passed('GET /open', { lines: [], headers: { 'X-Plugin': 'undefined' }, upstream: { headers: { 'x-post': 'nobody' } } }),
    ],
    refuses: refused('GET /%63losed', 403, 'Requested endpoint is forbidden'),
    logged: { event: 'VersionFailure' },
  },
  'mock-response': {
    extendedPaths: {
      mock_response: [{ path: '^/mock$', method: 'GET', code: 418, body: 'mocked', headers: { 'X-Mock': 'yes' } }],
    },
    passes: [
      passed('GET /a'),
      { request: 'GET /mock', status: 418, text: 'mocked', headers: { 'X-Mock': 'yes', 'X-Plugin': null } },
    ],
    refuses: null,
    logged: { status: '418' },
  },
  'ip-access': {
    fields: { blacklisted_ips: ['10.1.0.0/16'] },
    passes: [passed('GET /a'), passed('GET /a', { lines: [KEY, 'X-Forwarded-For: 10.2.0.1'] })],
    refuses: refused('GET /a', 403, 'access from this IP has been disallowed', { lines: [KEY, 'X-Forwarded-For: 10.1.0.1'] }),
    logged: { response_code_details: 'address_forbidden' },
  },
  'request-size': {
    extendedPaths: { size_limits: [{ path: '^/small', method: 'POST', size_limit: 4 }] },
    passes: [passed('POST /a', { body: '123456' }), passed('POST /small', { body: '1234' })],
    refuses: refused('POST /small', 400, 'Request is too large', { body: '12345' }),
    logged: { response_code_details: 'request_too_large' },
  },
  context: {
    fields: { enable_context_vars: true },
    version: { global_headers: { 'X-Data': '$tyk_context.request_data_q', 'X-Where': '$tyk_context.path' } },
    passes: [
      passed('GET /a?q=1', { upstream: { headers: { 'x-post': 'one', 'x-data': '1' } } }),
      passed('POST /a', {
        lines: [KEY, 'Content-Type: application/x-www-form-urlencoded'],
        body: 'q=form',
        upstream: { body: 'q=form', headers: { 'x-data': 'form' } },
      }),
    ],
    refuses: refused('POST /a', 413, 'Request Entity Too Large', {
      lines: [KEY, 'Content-Type: application/x-www-form-urlencoded'],
      body: `q=${'x'.repeat(200)}`,
    }),
    logged: { response_code_details: 'request_body_too_large' },
  },
  'basic-auth': {
    fields: { use_basic_auth: true, base_identity_provided_by: 'auth_token' },
    keys: { defaultada: { org_id: 'default', basic_auth_data: { password: 'pass', hash_type: '' } } },
    passes: [passed('GET /a', { lines: [KEY, `Authorization: Basic ${base64('ada:pass')}`] })],
    refuses: refused('GET /a', 401, 'User not authorised', {
      lines: [KEY, `Authorization: Basic ${base64('ada:wrong')}`],
      headers: { 'WWW-Authenticate': 'Basic realm="basic-auth"' },
    }),
    logged: { event: 'AuthFailure' },
  },
  jwt: {
    fields: {
      enable_jwt: true,
      jwt_signing_method: 'hmac',
      jwt_source: base64(secret),
      jwt_default_policies: ['users'],
      base_identity_provided_by: 'auth_token',
    },
    passes: [passed('GET /a', { lines: [KEY, `Authorization: Bearer ${token({ sub: 'ada', exp: FAR })}`] })],
    refuses: refused('GET /a', 401, 'Key not authorized: token has expired', {
      lines: [KEY, `Authorization: Bearer ${token({ sub: 'ada', exp: 1 })}`],
    }),
    logged: { event: 'AuthFailure' },
  },
  'auth-token': {
    passes: [passed('GET /a'), passed('GET /a', { lines: ['X-Key: Bearer key-one'] })],
    refuses: refused('GET /a', 403, 'Access to this API has been disallowed', { lines: ['X-Key: key-none'] }),
    logged: { event: 'AuthFailure' },
  },
  'strip-auth': {
    fields: { strip_auth_data: true },
    passes: [passed('GET /a', { upstream: { headers: { 'x-key': null, 'x-post': 'one' } } })],
    refuses: null,
    logged: { status: '200' },
  },
  'key-expiry': {
    keys: { 'key-expired': { org_id: 'default', expires: 1 }, 'key-lasting': { org_id: 'default', alias: 'one', expires: FAR } },
    passes: [passed('GET /a', { lines: ['X-Key: key-lasting'] })],
    refuses: refused('GET /a', 401, 'Key has expired, please renew', { lines: ['X-Key: key-expired'] }),
    logged: { event: 'KeyExpired' },
  },
  'access-rights': {
    keys: {
      'key-granted': {
        org_id: 'default',
        alias: 'one',
        access_rights: { 'access-rights': { api_id: 'access-rights', versions: [] } },
      },
      'key-elsewhere': { org_id: 'default', access_rights: { other: { api_id: 'other', versions: [] } } },
    },
    passes: [passed('GET /a', { lines: ['X-Key: key-granted'] })],
    refuses: refused('GET /a', 403, 'Access to this API has been disallowed', { lines: ['X-Key: key-elsewhere'] }),
    logged: { event: 'AuthFailure' },
  },
  'granular-access': {
    keys: {
      'key-some': {
        org_id: 'default',
        alias: 'one',
        access_rights: {
          'granular-access': { api_id: 'granular-access', versions: [], allowed_urls: [{ url: '^/a$', methods: ['GET'] }] },
        },
      },
    },
    passes: [passed('GET /a', { lines: ['X-Key: key-some'] })],
    refuses: refused('GET /b', 403, 'Access to this resource has been disallowed', { lines: ['X-Key: key-some'] }),
    logged: { event: 'AuthFailure' },
  },
  limits: {
    keys: {
      'key-spent': { org_id: 'default', quota_max: 1, quota_renewal_rate: FOREVER },
      'key-over': { org_id: 'default', rate: 1, per: FOREVER },
    },
    first: [
      { request: 'GET /a', lines: ['X-Key: key-spent'], status: 200, headers: { 'X-RateLimit-Remaining': '0' } },
      { request: 'GET /a', lines: ['X-Key: key-over'], status: 200 },
    ],
    passes: [passed('GET /a'), refused('GET /a', 429, 'Rate Limit Exceeded', { lines: ['X-Key: key-over'] })],
    refuses: refused('GET /a', 403, 'Quota exceeded', { lines: ['X-Key: key-spent'] }),
    logged: { event: 'QuotaExceeded' },
  },
  'api-limits': {
    extendedPaths: { rate_limit: [{ path: '^/seldom$', method: 'GET', rate: 1, per: FOREVER }] },
    first: [passed('GET /seldom')],
    passes: [passed('GET /a')],
    refuses: refused('GET /seldom', 429, 'API Rate Limit Exceeded'),
    logged: { event: 'RatelimitExceeded' },
  },
  'validate-json': {
    extendedPaths: { validate_json: [{ path: '^/new$', method: 'POST', schema: { type: 'object', required: ['name'] } }] },
    passes: [passed('POST /new', { body: '{"name": "x"}', upstream: { body: '{"name": "x"}' } })],
    refuses: refused('POST /new', 422, "(root): must have required property 'name'", { body: '{}' }),
    logged: { response_code_details: 'body_not_valid' },
  },
  'transform-headers': {
    version: { global_headers: { 'X-Set': 'set' }, global_response_headers: { 'X-Back': 'back' } },
    passes: [
      passed('GET /a', {
        lines: [KEY, 'X-Set: sent'],
        headers: { 'X-Plugin': 'one', 'X-Back': 'back' },
        upstream: { headers: { 'x-set': 'set', 'x-post': 'one' } },
      }),
    ],
    refuses: null,
    logged: { status: '200' },
  },
  'url-rewrite': {
    extendedPaths: {
      url_rewrites: [
        { path: '^/old/', method: 'GET', match_pattern: '/old/(.*)', rewrite_to: '/new/$1' },
        { path: '^/round', method: 'GET', match_pattern: '', rewrite_to: 'tyk://self/round' },
      ],
    },
    passes: [passed('GET /old/a%2Fb', { upstream: { target: '/new/a%2Fb', headers: { 'x-post': 'one' } } })],
    refuses: refused('GET /round', 500, 'Loop level too deep. Found more than 5 loops in single request'),
    logged: { response_code_details: 'loop_too_deep' },
  },
  'method-transform': {
    extendedPaths: { method_transforms: [{ path: '^/submit', method: 'GET', to_method: 'POST' }] },
    passes: [
      passed('GET /submit', { upstream: { method: 'POST', headers: { 'x-post': 'one' } } }),
      passed('GET /a', { upstream: { method: 'GET' } }),
    ],
    refuses: null,
    logged: { status: '200' },
  },
  cache: {
    fields: { cache_options: { enable_cache: true, cache_timeout: FOREVER } },
    extendedPaths: { cache: ['^/kept$'] },
    first: [passed('GET /kept')],
    passes: [
      passed('GET /a'),
      passed('GET /kept', { headers: { 'x-tyk-cached-response': '1' } }),
      {
        request: 'GET /kept',
        lines: [KEY, 'If-None-Match: "echo"'],
        status: 304,
        text: '',
        headers: { 'x-tyk-cached-response': '1' },
      },
    ],
    refuses: refused('GET /kept', 401, 'Authorization field missing', { lines: [] }),
    logged: { event: 'AuthFailure' },
  },
  timeouts: {
    version: { global_enforce_timeout: '20s' },
    extendedPaths: { hard_timeouts: [{ path: '^/silent$', method: 'GET', timeout: 0.1 }] },
    passes: [passed('GET /a')],
    refuses: refused('GET /silent', 504, 'Upstream service reached hard timeout.'),
    logged: { response_code_details: 'upstream_timeout' },
  },
  'circuit-breaker': {
    extendedPaths: {
      circuit_breakers: [
        { path: '^/broken$', method: 'GET', threshold_percent: 1, samples: 2, return_to_service_after: FOREVER },
      ],
    },
    first: [
      { request: 'GET /broken', lines: [KEY], status: 500, text: 'broken' },
      { request: 'GET /broken', lines: [KEY], status: 500, text: 'broken' },
    ],
    passes: [passed('GET /a')],
    refuses: refused('GET /broken', 503, 'Service temporarily unavailable.'),
    logged: { event: 'BreakerTripped' },
  },
}
