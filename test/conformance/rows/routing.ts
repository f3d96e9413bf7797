import { differs, error, type Section, same } from '../row.ts'

export const routing: Section = {
  number: '2.2',
  title: 'Routing and loops',
  rows: [
    same('the longest listen path wins', 'routing: the longer path, of an API that says it is not active'),
    same(
      'an API with a domain goes before one without',
      'test/listener/domains.test.ts: a pattern, and then of any host, where the API of the host itself does not listen on its path',
    ),
    differs('id in the path', 'the id of an API as its path', 'routing: the id of an API is no path'),
    same('a path of no API is 404, `Not Found` in plain text', 'routing: no API'),
    differs(
      'whole segments',
      'a path that goes on behind the last segment of a listen path',
      'routing: a listen path ends where a segment ends',
      'routing: nor behind the end of a segment',
    ),
    differs(
      'no renaming',
      'two APIs on one listen path',
      'routing: the path of an API',
      'routing: nor is a listen path that was taken, with the id behind it',
    ),
    same(
      'a listen path that is empty, or has a space in it, leaves its API out',
      'routing: no listen path',
      'routing: a listen path with a space',
    ),
    same(
      'an `internal` API is reached by loops alone',
      'routing: an API for loops alone',
      'url-rewrite-loop: an API that is not reached otherwise',
      'url-rewrite-loop: another API by its id: its rules, its upstream',
    ),
    same('`active` is of no effect in a file', 'routing: the longer path, of an API that says it is not active'),
    differs(
      'raw paths',
      'paths that are not clean',
      'raw-path: /a%2Fb//c;d=e',
      'test/data-plane/path-and-query.test.ts: byte for byte',
      'test/data-plane/path-and-query.test.ts: a path whose dot segments leave the listen path is refused',
    ),
    same(
      '`tyk://self`, `tyk://` and an id, or a name',
      'url-rewrite-loop: itself, path by path',
      'url-rewrite-loop: another API by its id: its rules, its upstream',
      'url-rewrite-loop: by its name',
    ),
    same(
      '`method` and `check_limits` of a loop',
      'url-rewrite-loop: another method, which rules there go by; the body goes along',
      'url-rewrite-session: counted again, where the loop says so',
    ),
    differs(
      'loops are fixed',
      'a request that brings `method`, `loop_limit` or `check_limits` itself',
      'url-rewrite-loop: a captured query does not steer the loop',
    ),
    same(
      'a sixth loop',
      error(500, 'Loop level too deep. Found more than 5 loops in single request'),
      'url-rewrite-loop: five loops',
    ),
    differs(
      'loop limit',
      'more loops than `loop_limit` says',
      error(500, 'Loop level too deep. Found more than 2 loops in single request'),
      'url-rewrite-loop: as many as the first one says',
    ),
    same('a loop to an API that is not there', error(500, "Can't detect loop target"), 'url-rewrite-loop: no such API'),
  ],
}
