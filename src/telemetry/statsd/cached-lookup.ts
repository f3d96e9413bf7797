import { lookup } from 'node:dns'
import { isIP } from 'node:net'

type Callback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/** How long an address holds, and how soon a name is looked up again that nobody knew. */
const HOLDS_MS = 60_000
const RETRY_MS = 5_000

/**
 * Looks up names for a socket, one at a time and seldom: Node has two threads for all that is looked up, and who waits for an
 * upstream's name is not to wait behind datagrams. For one name; a socket asks for the address that it is bound to as well.
 */
export function cachedLookup(): (host: string, options: unknown, callback: Callback) => void {
  let known: { error: NodeJS.ErrnoException | null; address: string; until: number } | null = null
  let waiting: Callback[] = []
  return (host, _options, callback) => {
    if (isIP(host) !== 0) {
      callback(null, host, 4)
      return
    }
    if (known && performance.now() < known.until) {
      const { error, address } = known
      process.nextTick(callback, error, address, 4)
      return
    }
    waiting.push(callback)
    if (waiting.length > 1) return
    lookup(host, 4, (error, address) => {
      known = { error, address, until: performance.now() + (error ? RETRY_MS : HOLDS_MS) }
      const all = waiting
      waiting = []
      for (const one of all) one(error, address, 4)
    })
  }
}
