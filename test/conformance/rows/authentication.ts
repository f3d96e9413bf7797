import { differs, error, missing, type Section, same } from '../row.ts'

const NO_AUTHORIZATION = 'Authorization field missing'
const DISALLOWED = error(403, 'Access to this API has been disallowed')
const NOT_SERVED = 'the definition is an error, so that nobody is let in'
const malformed = (what: string) => error(400, `Attempted access with malformed header, ${what}`)

export const authentication: Section = {
  number: '11',
  title: 'Authentication',
  rows: [
    same(
      'token: a header, before it a parameter, before both a cookie; `Bearer` is taken off',
      'auth-token: a header of another name',
      'auth-token: a query parameter goes before the header',
      'auth-token: a cookie goes before both',
      'auth-token: with the scheme before it',
    ),
    same('token: none', error(401, NO_AUTHORIZATION), 'auth-token: no key'),
    same('token: one that is not known', DISALLOWED, 'auth-token: a key that is not known, shown in the log by its last letters'),
    same('token: one that is too short', DISALLOWED, 'auth-token: a key that is too short'),
    missing(
      '`use_certificate` and `validate_signature` are errors of the definition',
      'token: bound to a certificate, or signed',
    ),
    same('basic: none, with `WWW-Authenticate`', error(401, NO_AUTHORIZATION), 'auth-basic: no credentials'),
    same('basic: another scheme', malformed('header not in basic auth format'), 'auth-basic: another scheme'),
    same('basic: not in base64', malformed('auth data not encoded correctly'), 'auth-basic: no base64'),
    same('basic: without a colon', malformed('values not in basic auth format'), 'auth-basic: no colon'),
    same('basic: no such user', error(401, 'User not authorised'), 'auth-basic: no such user'),
    same(
      'basic: another password',
      error(401, 'User not authorised'),
      'auth-basic: a wrong password, once the right one is remembered',
    ),
    same('basic: no user in the body', error(400, 'Body do not contain username'), 'auth-basic: no user there'),
    same('basic: no password in the body', error(400, 'Body do not contain password'), 'auth-basic: no password there'),
    same(
      'basic: the key is `org_id` and the user’s name; passwords by bcrypt are remembered',
      'auth-basic: a password hashed by bcrypt, with a colon and letters beyond ASCII',
      'auth-basic: the same once more',
    ),
    same(
      'JWT: a header, a parameter or a cookie',
      'test/auth/jwt.test.ts: a token may be in another header, a parameter or a cookie',
    ),
    same('JWT: none', error(400, NO_AUTHORIZATION), 'auth-jwt: no token'),
    same(
      'JWT: of another algorithm',
      error(403, 'Key not authorized: Unexpected signing method'),
      'auth-jwt: one of another algorithm',
      'test/auth/attacks.test.ts: an algorithm of another method is named as the reason',
    ),
    same('JWT: one that is none', error(403, 'Key not authorized'), 'auth-jwt: one that is none'),
    same('JWT: of another secret', error(403, 'Key not authorized'), 'auth-jwt: of another secret'),
    same('JWT: expired', error(401, 'Key not authorized: token has expired'), 'auth-jwt: one that has expired'),
    same('JWT: issued later', error(401, 'Key not authorized: token used before issued'), 'auth-jwt: one that is issued later'),
    same('JWT: not valid yet', error(401, 'Key not authorized: token is not valid yet'), 'auth-jwt: one that does not hold yet'),
    same('JWT: without a policy', error(403, 'key not authorized: no matching policy'), 'auth-jwt: no policy at all'),
    same(
      'JWT: without a policy for its scopes',
      error(403, 'key not authorized: no matching policy found in scope claim'),
      'auth-jwt: scopes without a policy',
    ),
    same(
      'JWT: who calls is told by `kid`, `jwt_identity_base_field`, `sub`',
      'test/auth/jwt.test.ts: the kid',
      'test/auth/jwt.test.ts: sub, with a kid to skip',
      'test/auth/jwt.test.ts: a claim',
    ),
    same('JWT: `sub` is empty', error(403, 'found an empty user ID in sub claim'), 'auth-jwt: one of an empty subject'),
    same('JWT: nobody is named', error(403, 'no suitable claims for user ID were found'), 'auth-jwt: one of nobody'),
    same(
      'JWT: keys behind a URL, kept for `jwks.cache.timeout`; or a secret or key in base64',
      'test/auth/jwt.test.ts: are fetched anew when their time is over',
      'auth-jwt: a token of the right secret',
    ),
    differs(
      'keys out of reach',
      'JWT: keys that cannot be fetched',
      'test/auth/jwt.test.ts: that never came let nobody in, until they come',
    ),
    differs('several algorithms', 'JWT: the algorithms of `jwt_signing_method`', 'test/auth/jwt.test.ts: an Edwards key'),
    missing('there is no certificate store; a PEM in base64 takes its place', 'JWT: keys by the id of a certificate'),
    same(
      'plugin: it sets a session, and the chain goes on',
      'auth-session: the right key',
      'session-policies: policies of a session that a plugin sets',
    ),
    differs('an answer is an answer', 'plugin: it answers 400 or above', 'auth-session: a wrong key is answered by the plugin'),
    differs(
      'silent auth_check',
      'plugin: it does neither',
      error(401, NO_AUTHORIZATION),
      'auth-session: an auth_check that does neither is 401, there and then',
    ),
    same(
      'plugin: without a name, and no other kind: keys are asked for',
      error(401, NO_AUTHORIZATION),
      'definition-errors: an API that nothing authenticates asks for keys, an empty auth_check being none',
    ),
    same('keyless: no session; the rate of the API holds', 'keyless: post_key_auth is left out', 'limits-of-apis: the second'),
    same(
      '`strip_auth_data` takes header, parameter and cookie off, of every kind that is enabled',
      'strip-auth: a header',
      'strip-auth: a query parameter, all else byte for byte',
      'strip-auth: a cookie, all else byte for byte',
      'strip-auth: of every kind that is enabled',
    ),
    same(
      'several kinds: each has to let the request in',
      'auth-combined: plugin and key: the key runs last, and its session counts',
      'auth-combined: a user without a key',
      'auth-combined: a key with a wrong password',
    ),
    same(
      'several kinds: `base_identity_provided_by` says whose session counts',
      "auth-combined: base_identity_provided_by: the plugin's session counts",
      "auth-combined: base_identity_provided_by: the user's session counts, and the plugin has to let it in",
    ),
    same(
      'whoever is not let in is an event `AuthFailure`',
      'auth-token: a key that is not known, shown in the log by its last letters',
    ),
    missing('`override_messages` is warned about', 'messages of one’s own'),
    missing(NOT_SERVED, 'OAuth 2', 'auth-kinds-not-there: OAuth'),
    missing(NOT_SERVED, 'tokens of others, by JWT or introspection', 'auth-kinds-not-there: OAuth of others'),
    missing(NOT_SERVED, 'OpenID Connect', 'auth-kinds-not-there: OpenID Connect'),
    missing(NOT_SERVED, 'signed requests', 'auth-kinds-not-there: signed requests'),
    missing(NOT_SERVED, 'client certificates', 'auth-kinds-not-there: client certificates'),
    missing('plugins of other languages are not run', 'other processes', 'auth-kinds-not-there: other processes'),
    missing('definitions in OpenAPI are not read', 'kinds of which one is enough'),
  ],
}
