import { type Entry, entry } from './entry.ts'

/** Start and stop. */
export const processErrors = {
  worker_replaced: entry(
    500,
    null,
    (d: { pid: number; why: string; waitMs: number }) =>
      `Keep the worker process ${d.pid} running failed: ${d.why}; another is started ${d.waitMs === 0 ? 'at once' : `in ${d.waitMs} ms`}`,
  ),
  store_process_replaced: entry(
    500,
    null,
    (d: { pid: number; why: string; waitMs: number }) =>
      `Keep the store process ${d.pid} running failed: ${d.why}; another is started ${d.waitMs === 0 ? 'at once' : `in ${d.waitMs} ms`}`,
  ),
  store_process_unreachable: entry(
    500,
    null,
    (d: { problems: readonly string[] }) =>
      `Listen for the workers of this gateway failed: ${d.problems.join('; ')}; let the gateway's user write to the folder "data_path" or to that for temporary files`,
  ),
  store_without_supervisor: entry<void>(
    500,
    null,
    () => 'Run a store process failed: no supervisor has started it; run "postern start"',
  ),
  workers_unsupervised: entry(
    500,
    null,
    (d: { workers: number | 'auto' }) =>
      `Start ${d.workers === 'auto' ? 'several' : d.workers} workers ("workers") failed: without a supervisor there is this one process; leave out "--no-supervisor"`,
  ),
  worker_without_supervisor: entry<void>(
    500,
    null,
    () => 'Run a worker process failed: no supervisor has started it; run "postern start", or "postern start --no-supervisor"',
  ),
  port_in_use: entry(
    500,
    null,
    (d: { port: number; setting: string }) =>
      `Listen on port ${d.port} failed: another process listens there; stop it, or set ${d.setting} to a free one`,
  ),
  listen_failed: entry(
    500,
    null,
    (d: { address: string; port: number; reason: string; remedy: string }) =>
      `Listen on ${d.address === '' ? '' : `"${d.address}" `}port ${d.port} failed: ${d.reason}; ${d.remedy}`,
  ),
} satisfies Record<string, Entry<never>>
