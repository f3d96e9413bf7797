import { failure } from '../../errors.ts'
import type { Siblings } from '../../supervisor/siblings.ts'
import type { ReportedPlugin } from '../plugin-report.ts'
import type { ReloadReport } from '../reload.ts'
import { mergePlugins } from './merge-plugins.ts'
import { type ToldReport, tellReload, worstReport } from './report-text.ts'

/** How one of the processes is doing that serve. */
export interface WorkerStatus {
  readonly pid: number
  /** ISO 8601. */
  readonly started_at: string
  readonly state: 'starting' | 'serving' | 'draining'
  /** Connections of clients that are open. */
  readonly connections: number
  /** Requests for APIs that are under way. */
  readonly requests: number
}

/** What can be asked of this process alone. */
export interface OneWorker {
  reload(): Promise<ReloadReport>
  plugins(): readonly ReportedPlugin[]
  enablePlugin(id: string): Promise<boolean>
  workerStatus(): Promise<WorkerStatus>
}

/** The same of all processes that serve as this gateway. */
export interface AllWorkers {
  /**
   * Reloads all of them, and tells the worst that was reported.
   *
   * @throws what kept this one from reloading, `workers_not_reloaded` if it was another
   */
  reload(): Promise<ReloadReport>
  plugins(): Promise<readonly ReportedPlugin[]>
  /** Whether any of them has a plugin of this id. */
  enablePlugin(id: string): Promise<boolean>
  workers(): Promise<readonly (WorkerStatus & { readonly worker: number })[]>
}

/** A reload that takes longer has hung. */
const RELOAD_MS = 60_000

/** Whether each process has what all of them should: here it is asked for, there it is answered. */
export function openAllWorkers(siblings: Siblings, own: OneWorker): AllWorkers {
  siblings.respond('reload', () => tellReload(own.reload))
  siblings.respond('plugins', own.plugins)
  siblings.respond('enable-plugin', (id) => own.enablePlugin(id as string))
  siblings.respond('worker-status', own.workerStatus)
  const ask = async <T>(topic: string, question: unknown, timeoutMs?: number) => {
    const answers = await siblings.ask(topic, question, timeoutMs)
    return answers.map(({ worker, answer }) => ({ worker, answer: answer as T }))
  }
  return {
    async reload() {
      const answers = await ask<ToldReport>('reload', null, RELOAD_MS)
      const reports = answers.flatMap(({ answer }) => ('refused' in answer ? [] : [answer]))
      const refused = answers.flatMap(({ worker, answer }) => ('refused' in answer ? [{ worker, reason: answer.refused }] : []))
      const silent = silentOf(siblings, answers).map((worker) => ({ worker, reason: `no answer within ${RELOAD_MS / 1000} s` }))
      const problems = [...refused, ...silent]
      if (problems.length > 0) throw failure('workers_not_reloaded', { workers: siblings.count, problems })
      return worstReport(reports)
    },
    plugins: async () => mergePlugins((await ask<readonly ReportedPlugin[]>('plugins', null)).map(({ answer }) => answer)),
    enablePlugin: async (id) => (await ask<boolean>('enable-plugin', id, RELOAD_MS)).some(({ answer }) => answer),
    workers: async () => (await ask<WorkerStatus>('worker-status', null)).map(({ worker, answer }) => ({ worker, ...answer })),
  }
}

/** Those that are there and have not answered; who takes the place of one that has died meanwhile loads everything anew anyway. */
function silentOf({ members }: Siblings, answers: readonly { readonly worker: number }[]): number[] {
  const answered = new Set(answers.map(({ worker }) => worker))
  return members.map(({ worker }) => worker).filter((worker) => !answered.has(worker))
}
