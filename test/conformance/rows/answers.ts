import { differs, error, missing, type Section, same } from '../row.ts'

export const answers: Section = {
  number: '2.4',
  title: 'Answers of other steps',
  rows: [
    same(
      'an address that is kept out, or not let in',
      error(403, 'access from this IP has been disallowed'),
      'ip-access: kept out',
      'ip-access: not let in',
    ),
    same(
      'a body whose length is not told, where there is a limit',
      error(411, 'Content length is required for this request'),
      'request-size: a length that is not told',
    ),
    same('a body above the limit', error(400, 'Request is too large'), 'request-size: one byte more'),
    differs(
      'texts of validation',
      'a body that does not fit its schema is 422',
      error(422, '(root): must be object'),
      'validate-json: another type',
      'validate-json: everything that is wrong is told',
    ),
    same('or `error_response_code`', "validate-json: a status of the definition's own, a schema in base64, draft 4"),
    differs(
      'texts of validation',
      'a body that is no JSON is 400',
      error(400, "JSON parsing error: unexpected token '}'"),
      'validate-json: no JSON',
    ),
    missing('definitions in OpenAPI are not read', 'validation of requests by an OpenAPI document'),
    differs('methods are checked early', 'a method that there is not', 'method-transform: other methods there are none'),
    missing('plugins answer in its place', 'virtual endpoints'),
    missing('no session of an organisation is read', 'limits of organisations'),
    missing('`enable_batch_request_support` is warned about', 'requests in batches'),
  ],
}

export const transforms: Section = {
  number: '2.5',
  title: 'Headers and variables',
  rows: [
    same(
      'of a request what is global first (off, then on), then what the path says',
      "transform-headers: of the request what is global first, then the rule's",
    ),
    same(
      'of a response what the path says first, then what is global',
      'transform-headers: of the response the rule first, then what is global',
    ),
    same('`$tyk_context.…`', 'context-variables: each of them'),
    same('`$tyk_meta.…`', 'context-variables: each of them', 'transform-headers-session: the metadata of the session'),
    same(
      '`$secret_env`, `$secret_conf`, `$secret_file`',
      'transform-headers: secrets of the environment, of gateway.conf and of a file',
    ),
    missing(
      'neither is there; a definition that names one is an error',
      '`$secret_vault`, `$secret_consul`',
      'transform-headers-bad: are not served',
    ),
    differs('secrets are there', 'a secret that nobody has', 'transform-headers-bad: are not served'),
    differs(
      'header values of one line',
      'a value with a line break',
      "transform-headers: a value with a line break is left off, and the client's own does not pass for it",
    ),
    same(
      'what the request says: `request_data`, `headers`, `path_parts`, `path`, `remote_addr`, `request_id`, `cookies_…`, `token`',
      'context-variables: each of them',
      'transform-headers: values of the query and of a form',
    ),
    same('`jwt_claims_…`', 'transform-headers-jwt: claims'),
    missing(
      'they stand for nothing, and are warned about',
      'values of limits, and of traces, as variables',
      'transform-headers-bad: what has no effect is said, and the rest is done',
    ),
  ],
}
