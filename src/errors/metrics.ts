import { type Entry, entry } from './entry.ts'

/** What is told of the gateway in numbers. */
export const metricsErrors = {
  statsd_not_named: entry<void>(
    500,
    null,
    () =>
      'Count calls of plugins over StatsD failed: statsd_connection_string is empty; set it to host:port, or instrumentation to false',
  ),
  statsd_unreachable: entry(
    500,
    null,
    (d: { address: string; reason: string }) =>
      `Send to StatsD at "${d.address}" failed: ${d.reason}; what is not sent is lost, and nothing more is said until it works again`,
  ),
  metrics_not_served: entry(
    500,
    null,
    (d: { port: number; reason: string }) =>
      `Serve metrics on port ${d.port} failed: ${d.reason}; it is tried again every second; check metrics.port and metrics.address`,
  ),
} satisfies Record<string, Entry<never>>
