import { Worker } from 'node:worker_threads'
import type { Artifact } from './artifact.ts'
import { scriptName } from './script-name.ts'
import { type StackReply, type StackRequest, serveStacks } from './stack-worker.ts'

/** Rewrites stacks to the plugin's own source. */
export interface StackMapper {
  /** The stack with the artifact's frames as `plugin.ts:12:3`; the stack as it is where they cannot be mapped. */
  map(artifact: Artifact, stack: string): Promise<string>
  /** Ends the thread; stacks that wait for it are given back as they are. */
  close(): Promise<void>
}

/** Parsed maps that the thread holds at most: one of a large plugin takes about 30 MB. */
const MAPS_HELD = 8

/**
 * Opens a mapper. Parsing the map of a large plugin takes 0.1 s, so it happens in a thread, which starts with the first
 * stack and does not keep the process alive.
 */
export function openStackMapper(): StackMapper {
  return new StackThread()
}

class StackThread implements StackMapper {
  readonly #waiting = new Map<number, (reply?: StackReply) => void>()
  /** The scripts whose maps the thread has, the least recently used first. */
  readonly #held = new Set<string>()
  #worker: Worker | undefined
  #lastId = 0
  #closed = false

  async map({ stamp, sourceMap }: Artifact, stack: string): Promise<string> {
    const script = scriptName(stamp)
    if (this.#closed || !sourceMap || !stack.includes(script)) return stack
    try {
      this.#worker ??= this.#start()
      return await this.#ask(this.#worker, { id: ++this.#lastId, script, stack, ...this.#hold(script, sourceMap) })
    } catch {
      return stack
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(`(${serveStacks})()`, { eval: true, execArgv: [], name: 'postern-stack' })
    worker.on('message', (reply: StackReply) => this.#waiting.get(reply.id)?.(reply))
    // An error ends the thread; the next stack starts another.
    worker.on('error', () => {})
    worker.on('exit', () => {
      this.#worker = undefined
      this.#held.clear()
      for (const settle of this.#waiting.values()) settle()
    })
    return worker
  }

  /** Notes that the thread has this script's map, and says what it is to be told for that. */
  #hold(script: string, map: string): Pick<StackRequest, 'map' | 'forget'> {
    const had = this.#held.delete(script)
    this.#held.add(script)
    const [oldest] = this.#held
    const forget = this.#held.size > MAPS_HELD ? oldest : undefined
    if (forget !== undefined) this.#held.delete(forget)
    return { map: had ? null : map, forget }
  }

  #ask(worker: Worker, request: StackRequest): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#waiting.set(request.id, (reply) => {
      this.#waiting.delete(request.id)
      if (this.#waiting.size === 0) worker.unref()
      resolve(reply?.stack ?? request.stack)
    })
    worker.ref()
    worker.postMessage(request)
    return promise
  }
}
