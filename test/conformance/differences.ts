/** Something that the gateway does otherwise than the reference, and why. */
export interface ChosenDifference {
  /** What the reference does. */
  readonly there: string
  readonly here: string
  readonly why: string
}

/** Where the gateway answers, routes, keeps or counts otherwise than the reference, on purpose. */
export const chosenDifferences = {
  'no version to serve': {
    there:
      'An API that is not versioned, and has several versions none of which is called `Default`, answers 403 to every request.',
    here: 'The definition is an error, and names the versions that were found.',
    why: 'What can be known when a definition is loaded need not be found out by a client.',
  },
  'two versions': {
    there: 'Of several values that name a version the first one counts.',
    here: '403, as for a version that does not exist.',
    why: 'The upstream may go by the other one.',
  },
  'id in the path': {
    there: 'Every API is reached by `/{api_id}/` as well.',
    here: 'An API is reached by its listen path alone.',
    why: 'A second way in is one that nobody has thought of: paths of proxies, firewalls and caches in front do not know it.',
  },
  'whole segments': {
    there: 'A listen path may end within a segment, unless `enable_strict_routes` is set.',
    here: 'It ends where a segment ends, unless `enable_strict_routes` is false.',
    why: 'Nobody who writes `/api` means `/apix`. See [decision 8](decisions/0008-listen-paths-end-at-a-segment.md).',
  },
  'no renaming': {
    there: 'Of two APIs on one listen path the later one gets another path, in silence.',
    here: 'The later one is an error that names the earlier one.',
    why: 'An API that is somewhere else than its definition says is found by nobody, or by the wrong one.',
  },
  'raw paths': {
    there:
      'A path is cleaned (`//`, dot segments) before it is routed, unless `skip_url_cleaning` is set; an unclean one is redirected.',
    here: 'The path is normalised to find the API and its rules; the upstream gets the bytes of the client. Dot segments that lead out of the listen path are 400.',
    why: 'An upstream may mean something by `//` or `%2F`. What it may take a path for, [lists](path-rules.md) look at.',
  },
  'loops are fixed': {
    there:
      'A request can steer a loop by `method`, `loop_limit` and `check_limits` in its own query; a target that cannot be read is found out by a request.',
    here: 'They are part of the definition, and what is wrong with them is an error of the definition.',
    why: 'No client decides which limits hold for it.',
  },
  'loop limit': {
    there: 'With `loop_limit: 2` the fourth loop is refused.',
    here: 'The third one is.',
    why: 'It is the number that the definition says.',
  },
  'no user agent': {
    there: 'A request without `User-Agent` gets one of the gateway.',
    here: 'None is added.',
    why: 'The upstream is to see what the client sent.',
  },
  'no generator': {
    there: 'Errors carry `X-Generator`, unless it is hidden.',
    here: 'None is added.',
    why: 'It tells nobody anything but what to attack.',
  },
  'limit headers': {
    there: 'Every response has `X-RateLimit-*`, with zeros where there is no limit.',
    here: 'They are there where there is a limit to tell of.',
    why: 'Zeros tell a client that it may not come again.',
  },
  'upgrades pass': {
    there: 'WebSockets are passed through where `enable_websockets` is set.',
    here: 'Always.',
    why: 'An upgrade is a request like any other: the chain decides on it.',
  },
  'idle connections': {
    there: 'A connection to an upstream is closed after 90 s without a request.',
    here: 'After 60 s, or earlier where the upstream says so in `Keep-Alive`.',
    why: 'Most servers close theirs after 60 to 75 s; a request that is sent meanwhile would be lost.',
  },
  'unread bodies': {
    there: 'A body that the client breaks off is 500 "There was a problem with reading Body of the Request."',
    here: 'Nobody is left to be answered; the access log has the status 499.',
    why: 'Bodies stream through: that one breaks off shows when the client is gone.',
  },
  'methods are checked early': {
    there: 'A method that `method_transforms` cannot change to is 405, request by request.',
    here: 'It is an error of the definition, with the same text.',
    why: 'No request could ever be right.',
  },
  'texts of validation': {
    there: 'What is wrong with a body is said in the words of the validator.',
    here: 'The form is the same (`; ` between the errors, `JSON parsing error: ` in front), the words are others.',
    why: 'The validator is another one, and knows later drafts of JSON Schema.',
  },
  'header values of one line': {
    there: 'A value with a line break is sent with spaces in its place.',
    here: 'The header is left off, and the log says so.',
    why: 'A value that somebody tried to split is not worth sending.',
  },
  'secrets are there': {
    there: 'A secret that nobody has is nothing, in silence.',
    here: 'It is an error of the definition.',
    why: 'An empty credential is no credential.',
  },
  'shared caches': {
    there: 'Every response that a rule names is kept, whatever it says of itself.',
    here: 'Not what is `private`, `no-store`, sets cookies, varies by `*`, is partial, or was made for credentials that the cache does not tell apart; `Vary` is heeded.',
    why: 'A cache that many clients share must not send one the response of another (RFC 9111 §3).',
  },
  'keyless caches': {
    there: 'On an API without keys each client address has responses of its own.',
    here: 'All clients share them.',
    why: 'An address says nothing of what a response holds; what it does depend on, `Vary` and `cache_by_headers` say.',
  },
  'silent auth_check': {
    there:
      'An `auth_check` that neither answers nor sets a session is no failure; the chain goes on, and 400 `Session state is missing or unset! …` comes behind the plugins.',
    here: '401 `Authorization field missing`, there and then.',
    why: 'Plugins behind it rely on somebody having been let in. See [decision 9](decisions/0009-a-silent-auth-check-is-401.md).',
  },
  'an answer is an answer': {
    there: 'A plugin that answers 400 or above ends the chain as an error.',
    here: 'It has answered, whatever the status.',
    why: 'The plugin meant it.',
  },
  'several algorithms': {
    there: '`jwt_signing_method` is one of `hmac`, `rsa`, `ecdsa`.',
    here: '`eddsa` as well.',
    why: 'Issuers use it.',
  },
  'keys out of reach': {
    there: 'A token whose keys cannot be fetched is 403, as one that is not valid.',
    here: '503 `Service temporarily unavailable.`',
    why: 'Nothing is wrong with the token: the client does best to try again.',
  },
  'half-open breakers': {
    there: 'A circuit breaker logs `BreakerTriggered` with every move, and `BreakerTripped` or `BreakerReset` besides.',
    here: '`BreakerTripped` and `BreakerReset` alone.',
    why: 'One line for one thing.',
  },
} as const satisfies Record<string, ChosenDifference>

export type DifferenceKey = keyof typeof chosenDifferences
