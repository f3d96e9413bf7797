import { type Entry, entry } from './entry.ts'

/** Start and stop. */
export const processErrors = {
  worker_replaced: entry(
    500,
    null,
    (d: { pid: number; why: string; waitMs: number }) =>
      `Keep the worker process ${d.pid} running failed: ${d.why}; another is started ${d.waitMs === 0 ? 'at once' : `in ${d.waitMs} ms`}`,
  ),
  worker_without_supervisor: entry<void>(
    500,
    null,
    () => 'Run a worker process failed: no supervisor has started it; run "postern start", or "postern start --no-supervisor"',
  ),
  port_in_use: entry(
    500,
    null,
    (d: { port: number }) =>
      `Listen on port ${d.port} failed: another process listens there; stop it, or set listen_port (POSTERN_LISTEN_PORT) to a free one`,
  ),
  listen_failed: entry(
    500,
    null,
    (d: { address: string; port: number; reason: string }) =>
      `Listen on "${d.address}" port ${d.port} failed: ${d.reason}; check listen_address and listen_port`,
  ),
} satisfies Record<string, Entry<never>>
