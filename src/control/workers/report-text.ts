import { textOf } from '../../errors.ts'
import type { ReloadFailure, ReloadReport } from '../reload.ts'

/** What a reload did, as one process tells it to another. */
export type ToldReport =
  | (Omit<ReloadReport, 'failed'> & { readonly failed: readonly ToldFailure[] })
  /** Nothing was reloaded. */
  | { readonly refused: string }

type ToldFailure = Omit<ReloadFailure, 'error'> & { readonly error: string }

/** Runs a reload for another process. */
export async function tellReload(reload: () => Promise<ReloadReport>): Promise<ToldReport> {
  try {
    const report = await reload()
    return { ...report, failed: report.failed.map((failed) => ({ ...failed, error: textOf(failed.error) })) }
  } catch (error) {
    return { refused: textOf(error) }
  }
}

/** The worst of several reports: what did not load in one of them did not load. */
export function worstReport(told: readonly Exclude<ToldReport, { refused: string }>[]): ReloadReport {
  const failed = new Map<string, ReloadFailure>()
  const quarantined = new Map<string, ReloadReport['quarantined'][number]>()
  for (const report of told) {
    for (const { error, ...one } of report.failed) {
      const name = `${one.kind} ${one.file}`
      const kept = one.kept && (failed.get(name)?.kept ?? true)
      failed.set(name, { ...one, kept, error: new Error(error) })
    }
    for (const plugin of report.quarantined) quarantined.set(`${plugin.file} ${plugin.field}`, plugin)
  }
  const apis = Math.min(...told.map((report) => report.apis))
  return { apis, failed: [...failed.values()], quarantined: [...quarantined.values()] }
}
