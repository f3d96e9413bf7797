import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from './child.ts'

/** A V8 CPU profile, as the inspector and .cpuprofile files have it. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** The node on top of the stack at each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** The flag that lets {@link recordProfile} in. */
export const inspectFlag = '--inspect=127.0.0.1:0'

/** Microseconds between samples: fine enough for one request, coarse enough not to slow it much. */
const interval = 200

/** Profiles the main thread of `child` while `work` runs. */
export async function recordProfile<T>(child: Child, work: () => Promise<T>): Promise<{ profile: CpuProfile; result: T }> {
  const session = await openSession(await inspectorUrl(child))
  try {
    await session.send('Profiler.enable')
    await session.send('Profiler.setSamplingInterval', { interval })
    await session.send('Profiler.start')
    const result = await work()
    const { profile } = (await session.send('Profiler.stop')) as { profile: CpuProfile }
    return { profile, result }
  } finally {
    session.close()
  }
}

async function inspectorUrl(child: Child): Promise<string> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const url = /Debugger listening on (ws:\S+)/.exec(child.output)?.[1]
    if (url !== undefined) return url
    await sleep(50)
  }
  throw new Error(`Profile ${child.name} failed: it opened no inspector. Its output: ${child.output.trim() || 'none'}`)
}

interface Session {
  send(method: string, params?: object): Promise<unknown>
  close(): void
}

interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function openSession(url: string): Promise<Session> {
  const socket = new WebSocket(url)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error(`Connect to the inspector at ${url} failed`))
  })
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Reply
    const call = waiting.get(id ?? -1)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(`Ask the inspector failed: ${error.message}`))
  }
  socket.onclose = () => {
    for (const call of waiting.values()) call.reject(new Error('Ask the inspector failed: the process closed the connection'))
  }
  let calls = 0
  return {
    send(method, params = {}) {
      const id = ++calls
      const call = Promise.withResolvers<unknown>()
      waiting.set(id, call)
      socket.send(JSON.stringify({ id, method, params }))
      return call.promise
    },
    close: () => socket.close(),
  }
}
