import { LoadShare } from '../../request/listener/load-share.ts'
import type { Siblings } from '../../supervisor/siblings.ts'

const SHORTEST_INTERVAL_MS = 1_000
/** Each asks all others: the more there are, the less often. */
const INTERVAL_MS_EACH = 100

/** So many more connections than the others have, and such a part of theirs, are as good as an even share. */
const LEAST_EXCESS = 2
const LEAST_PART = 0.2

/** The share of this process in the load, kept level with that of the others. */
export interface LevelLoad {
  readonly share: LoadShare
  close(): void
}

/** Compares from time to time how many connections each process has to do with; null for a process that is alone. */
export function levelLoad(siblings: Siblings): LevelLoad | null {
  if (siblings.count === 1) return null
  const share = new LoadShare()
  let last = 0
  siblings.respond('load', () => last)
  const level = async () => {
    last = share.take()
    if (last <= LEAST_EXCESS) return
    const answers = await siblings.ask('load', null)
    const loads = answers.map(({ answer }) => Number(answer))
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length
    const excess = last - mean
    if (excess > Math.max(LEAST_EXCESS, mean * LEAST_PART)) share.giveUp(Math.floor(excess))
  }
  const interval = Math.max(SHORTEST_INTERVAL_MS, INTERVAL_MS_EACH * siblings.count)
  const timer = setInterval(() => void level(), interval).unref()
  return { share, close: () => clearInterval(timer) }
}
