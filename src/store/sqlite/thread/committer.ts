import { textOf } from '../../../errors.ts'
import type { FromThread } from '../operations.ts'
import type { Database } from './database.ts'

/** How long a write that nobody waits for may be away from the disk. */
const PATIENCE_MS = 50

type Done = Extract<FromThread, { type: 'done' }>

/**
 * Commits what was written. Calls that have arrived together share a commit, and with it the wait for the disk: it is made when
 * the thread has heard them all, and their answers are held until then.
 */
export class Committer {
  readonly #database: Database
  readonly #tell: (message: FromThread) => void
  readonly #held: Done[] = []
  #soon: NodeJS.Immediate | undefined
  #later: NodeJS.Timeout | undefined

  constructor(database: Database, tell: (message: FromThread) => void) {
    this.#database = database
    this.#tell = tell
  }

  /** Answers once the disk has what was written. */
  hold(answer: Done): void {
    this.#held.push(answer)
    this.#soon ??= setImmediate(() => this.commit())
  }

  /** Something may have been written that nobody waits for. */
  note(): void {
    if (this.#database.writes > 0) this.#later ??= setTimeout(() => this.commit(), PATIENCE_MS)
  }

  commit(): void {
    const { writes } = this.#database
    try {
      if (writes > 0) this.#database.commit()
    } catch (error) {
      this.undo(error)
      return
    }
    const held = this.#take()
    if (writes > 0) this.#tell({ type: 'committed', reason: null, lost: 0 })
    for (const answer of held) this.#tell(answer)
  }

  /** Everything since the last commit is lost. */
  undo(error: unknown): void {
    const reason = textOf(error)
    const held = this.#take()
    const lost = this.#database.writes - held.length
    this.#database.rollback()
    this.#tell({ type: 'committed', reason, lost: Math.max(0, lost) })
    for (const { id } of held) this.#tell({ type: 'failed', id, reason })
  }

  #take(): Done[] {
    clearImmediate(this.#soon)
    clearTimeout(this.#later)
    this.#soon = undefined
    this.#later = undefined
    return this.#held.splice(0)
  }
}
