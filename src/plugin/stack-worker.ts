/** What the stack mapper asks of its thread. */
export interface StackRequest {
  readonly id: number
  readonly script: string
  readonly stack: string
  /** The source map, where the thread does not hold it yet. */
  readonly map: string | null
  /** A script whose map is no longer needed. */
  readonly forget: string | undefined
}

/** The thread's answer. */
export interface StackReply {
  readonly id: number
  readonly stack: string
}

/**
 * The code of the thread: rewrites the frames of a script by its source map. It runs as the text of this function, so
 * that a bundle of one file needs no second one for it. It may therefore use nothing from outside, and no named
 * function inside, for which a bundler that keeps names would call its own.
 */
export function serveStacks(): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { SourceMap } = process.getBuiltinModule('node:module')
  const maps = new Map<string, InstanceType<typeof SourceMap>>()

  parentPort?.on('message', ({ id, script, stack, map, forget }: StackRequest) => {
    let mapped = stack
    try {
      if (forget !== undefined) maps.delete(forget)
      if (map !== null) maps.set(script, new SourceMap(JSON.parse(map)))
      mapped = stack.replace(new RegExp(`${RegExp.escape(script)}:(\\d+):(\\d+)`, 'g'), (frame, line, column) => {
        const entry = maps.get(script)?.findEntry(line - 1, column - 1)
        if (!entry || !('originalSource' in entry)) return frame
        return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
      })
    } catch {
      // A map that cannot be read leaves the stack as it is.
    }
    parentPort?.postMessage({ id, stack: mapped } satisfies StackReply)
  })
}
