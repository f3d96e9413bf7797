/**
 * Does something every so many milliseconds, one after the other, until it is told to stop; then it waits for what is
 * under way, and fails as that did.
 */
export function repeat(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve()
  let idle = true
  let failure: Error | null = null
  const timer = setInterval(() => {
    if (!idle || failure) return
    idle = false
    running = work()
      .catch((error: Error) => {
        failure = error
      })
      .finally(() => {
        idle = true
      })
  }, everyMs)
  return async () => {
    clearInterval(timer)
    await running
    if (failure) throw failure
  }
}
