/** A text that is stored, and when it ends, in Unix milliseconds; `null`: never. */
export interface StoredText {
  readonly text: string
  readonly expiresAt: number | null
}

/** What is used of a quota; 0 where it begins anew. Its window ends at `renewsAtMs`; 0: never. */
export type QuotaRow = readonly [key: string, used: number, renewsAtMs: number]

/** What the thread does that owns the database. Times are Unix milliseconds. */
export interface Operations {
  getSession(key: string, now: number): StoredText | undefined
  setSession(key: string, stored: StoredText): void
  /** Whether there was one. */
  deleteSession(key: string, now: number): boolean
  sessionKeys(prefix: string, now: number): string[]
  getValue(key: string, now: number): string | undefined
  setValue(key: string, stored: StoredText): void
  deleteValue(key: string): void
  /** The sum, or the text that is stored where there is none. An entry that exists keeps its time. */
  increment(key: string, by: number, expiresAt: number | null, now: number): number | string
  loadQuotas(now: number): QuotaRow[]
  saveQuotas(rows: readonly QuotaRow[]): void
  /** Removes some of what has expired. */
  purge(now: number): void
}

export type OperationName = keyof Operations

/** Answered when the disk has what they wrote; others are answered at once, and reach the disk soon after. */
export const durable: ReadonlySet<OperationName> = new Set<OperationName>(['setSession', 'deleteSession', 'saveQuotas'])

export type Call = {
  [Name in OperationName]: { readonly id: number; readonly name: Name; readonly args: Parameters<Operations[Name]> }
}[OperationName]

/** To the thread. */
export type ToThread = Call | { readonly name: 'close' }

/** From the thread. */
export type FromThread =
  | { readonly type: 'opened' }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  /** How the last commit went: `null` if well; else why not, and how many writes that were answered already are lost. */
  | { readonly type: 'committed'; readonly reason: string | null; readonly lost: number }

/** Why a database was not opened, and what mends that. */
export interface Refusal {
  readonly reason: string
  readonly remedy: string
}
