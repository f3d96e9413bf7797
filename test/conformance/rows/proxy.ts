import { differs, error, type Section, same } from '../row.ts'

const FAILED = error(500, 'There was a problem proxying the request')

export const proxy: Section = {
  number: '2.3',
  title: 'The proxy',
  rows: [
    same(
      'the listen path is taken off where `strip_listen_path` says so, the rest put behind the path of the target; the query of the target goes first',
      'routing: the path of an API',
      'test/data-plane/path-and-query.test.ts: byte for byte with the listen path left on',
      'test/data-plane/path-and-query.test.ts: behind the path of the target URL, after its query',
    ),
    differs('no user agent', 'a request without `User-Agent`', 'test/data-plane/headers.test.ts: get none that nobody asked for'),
    same(
      'the address of the client is appended to `X-Forwarded-For`',
      'test/data-plane/headers.test.ts: tell the upstream of the client',
      'test/data-plane/headers.test.ts: are appended to what a proxy before has said',
    ),
    same(
      'unless the definition takes that header away',
      'transform-headers: X-Forwarded headers that are taken away are not added either',
    ),
    same(
      'headers of one connection are not passed on, nor those that `Connection` names; of `TE`, `trailers` is',
      'test/data-plane/headers.test.ts: lose those that belong to one connection',
    ),
    same(
      'the upstream has 30 s for its answer (`proxy_default_timeout`), 30 s to open a connection',
      'test/control/config.test.ts: an empty configuration has the documented defaults, with paths relative to its folder',
      'upstream-failures: it does not answer in time',
    ),
    same(
      'or what `hard_timeouts` of the path, or `global_enforce_timeout` of the version, says',
      'test/data-plane/timeouts.test.ts: of the path, where gateway.conf has less',
      'upstream-failures: it does not answer in time',
    ),
    differs(
      'idle connections',
      'a connection that is not used',
      'test/data-plane/stale-connections.test.ts: over a new connection',
    ),
    same(
      '`Host` is that of the target, or the client’s where `preserve_host_header` is set',
      "host-header: the target's",
      "host-header: the client's",
    ),
    same(
      'targets take turns; those that are down are left out',
      'load-balancing: the first',
      'load-balancing: the second, with a query of its own',
      'test/data-plane/uptime-tests.test.ts: gets nothing until it passes them again; the log tells of both',
    ),
    same('all of them are down: 503, `all hosts are down` in plain text', 'load-balancing: nobody is left'),
    same(
      'a service registry names the targets',
      'test/data-plane/service-discovery.test.ts: to the target that the registry names, from the first one on',
    ),
    differs(
      'limit headers',
      'a response where there is no limit',
      'limits-headers-default: an API without keys',
      'limits-headers-default: a key without a quota',
    ),
    differs(
      'upgrades pass',
      'a WebSocket',
      'test/data-plane/upgrade.test.ts: is passed through: handshake, then bytes both ways',
    ),
    same(
      'an upstream that takes too long',
      error(504, 'Upstream service reached hard timeout.'),
      'upstream-failures: it does not answer in time',
    ),
    same(
      'a client that goes away is 499 in the log, and lets go of the upstream',
      'test/data-plane/aborts.test.ts: before the response',
      'test/listener/http2-endings.test.ts: stops what runs for a request that the client resets',
    ),
    same('a host whose name is unknown', error(500, 'Upstream host lookup failed'), 'upstream-failures: its name is unknown'),
    same(
      'an upstream whose certificate is not to be trusted',
      FAILED,
      'upstream-failures: it refuses connections',
      'test/data-plane/upstream-tls.test.ts: whose authority nobody trusts',
    ),
    same(
      'an upstream that refuses connections, resets them, or is broken otherwise',
      FAILED,
      'upstream-failures: it refuses connections',
      'test/data-plane/upstream-failures.test.ts: resets the connection',
    ),
    same(
      'a circuit breaker that is open',
      error(503, 'Service temporarily unavailable.'),
      'circuit-breaker: the upstream is not asked',
    ),
    differs('unread bodies', 'a body that the client breaks off', 'test/data-plane/aborts.test.ts: in chunks'),
    same(
      'an upstream whose key is not pinned: the general answer, the reason in the log',
      'test/data-plane/upstream-tls.test.ts: with another key than the one that is pinned',
    ),
  ],
}
