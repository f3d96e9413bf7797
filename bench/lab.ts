import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from './child.ts'
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

  start(name: string, core: number, command: readonly string[]): Child {
    const child = new Child(name, core, command, repository)
    this.#children.add(child)
    return child
  }

  async stop(child: Child): Promise<void> {
    await child.stop()
    this.#children.delete(child)
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

/** Waits until `url` answers 200; fails with the process's own words where it ends first. */
export async function untilReady(child: Child, url: string): Promise<void> {
  const deadline = Date.now() + 20_000
  let found = 'no answer'
  while (Date.now() < deadline && !child.ended) {
    try {
      const response = await fetch(url)
      await response.arrayBuffer()
      if (response.status === 200) return
      found = `status ${response.status}`
    } catch (error) {
      found = error instanceof Error ? error.message : String(error)
    }
    await sleep(50)
  }
  const end = child.ended ? 'it ended' : `${found} from ${url} within 20 s`
  throw new Error(`Start ${child.name} failed: ${end}. Its output: ${child.output.trim() || 'none'}`)
}
