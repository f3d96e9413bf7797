import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { Child, type ChildOptions } from './child.ts'
import { repository, type Settings } from './settings.ts'

/** A temporary folder and the processes that run in it; closing it stops the processes and removes the folder. */
export class Lab implements AsyncDisposable {
  readonly settings: Settings
  readonly folder: string
  readonly #children = new Set<Child>()

  constructor(settings: Settings, folder: string) {
    this.settings = settings
    this.folder = folder
  }

  start(name: string, core: number, command: readonly string[], options: Partial<ChildOptions> = {}): Child {
    const child = new Child(name, core, command, { cwd: repository, ...options })
    this.#children.add(child)
    return child
  }

  async stop(child: Child): Promise<void> {
    await child.stop()
    this.#children.delete(child)
  }

  /** Stops all but `kept`: what a measurement that failed has left behind would disturb the next one. */
  async stopAllBut(kept: readonly (Child | null)[]): Promise<void> {
    await Promise.all([...this.#children].filter((child) => !kept.includes(child)).map((child) => this.stop(child)))
  }

  /** The same without waiting, for when this process ends early: by a signal, or an error nobody caught. */
  kill(): void {
    for (const child of this.#children) child.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()))
    await rm(this.folder, { recursive: true, force: true })
  }
}

export async function openLab(settings: Settings): Promise<Lab> {
  return new Lab(settings, await mkdtemp(join(tmpdir(), 'postern-bench-')))
}

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Waits until `url` answers 200, asking again after `pause` milliseconds; fails with the process's own words where it ends first. */
export async function untilReady(child: Child, url: string, pause = 50): Promise<void> {
  const deadline = Date.now() + 60_000
  let found = 'no answer'
  while (Date.now() < deadline && !child.ended) {
    try {
      const { status } = await ask(url)
      if (status === 200) return
      found = `status ${status}`
    } catch (error) {
      found = error instanceof Error ? error.message : String(error)
    }
    await sleep(pause)
  }
  const end = child.ended ? 'it ended' : `${found} from ${url} within 60 s`
  throw new Error(`Start ${child.name} failed: ${end}. Its output: ${child.output.trim() || 'none'}`)
}
