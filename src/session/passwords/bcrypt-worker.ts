/** The program of a thread that compares passwords with hashes by bcrypt, and makes such hashes: about a tenth of a second each. */
import { parentPort } from 'node:worker_threads'
import { compareSync, hashSync } from 'bcryptjs'

export interface Comparison {
  readonly password: string
  /** null: there is nothing to compare with, and the answer is no. */
  readonly hash: string | null
  /** What every no costs: 2 to the power of it rounds. */
  readonly cost: number
}

/** A password that is to be hashed. */
export interface NewPassword {
  readonly password: string
  readonly newCost: number
}

/** Salt and hash of nothing. */
const DECOY = 'CwTycUXWue0Thq9StjUM0uJ8Z8W4f2n9mG1s1nJ8eKxv0yW4Yb9pG'

parentPort?.on('message', (task: Comparison | NewPassword) => {
  parentPort?.postMessage('newCost' in task ? hashSync(task.password, task.newCost) : compare(task))
})

/** A no takes the same number of rounds, whatever the hash was made with: 2^c + 2^c + 2^(c+1) + … = 2^cost. */
function compare({ password, hash, cost }: Comparison): boolean {
  if (hash === null) return spend(password, cost)
  if (compareSync(password, hash)) return true
  for (let own = costOf(hash); own < cost; own += 1) spend(password, own)
  return false
}

function spend(password: string, cost: number): false {
  compareSync(password, `$2b$${String(cost).padStart(2, '0')}$${DECOY}`)
  return false
}

function costOf(hash: string): number {
  return Number(hash.slice(4, 6))
}
