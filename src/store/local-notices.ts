import { Listeners } from './listeners.ts'
import type { Notice, Notices } from './notices.ts'

/**
 * The notices of a store that one gateway has for itself.
 *
 * @param check throws once the store is closed
 */
export function localNotices(check: () => unknown): Notices {
  const listeners = new Listeners<Notice | null>()
  return {
    async publish(notice) {
      check()
      listeners.tell(notice)
    },
    subscribe(listener) {
      check()
      return listeners.add(listener)
    },
  }
}
