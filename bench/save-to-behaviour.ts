/** `node bench/save-to-behaviour.ts`: how long it takes from saving a plugin under `plugin dev` to an answer of the new one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const SAVES = 20
const GOAL_MS = 250
/** How long a type check may still run after its save; measured saves do not overlap with one. */
const QUIET_MS = 700

const plugins: Readonly<Record<string, (text: string) => string>> = {
  'one file': (text) => `export const Answer = (c: any) => c.text('${text}')\n`,
  'with Hono and zod (0.6 MB)': (text) => `import { Hono } from 'hono'
import { definePlugin } from 'postern/plugin'
import { z } from 'zod'
const app = new Hono()
export const Answer = definePlugin({ config: z.object({}), handler: (c) => c.text(app ? '${text}' : '') })
`,
}

for (const [name, source] of Object.entries(plugins)) await measure(name, source)

async function measure(name: string, source: (text: string) => string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-dev-'))
  const file = join(folder, 'plugin.ts')
  await writeFile(file, source('0'))
  const main = join(import.meta.dirname, '../src/main.ts')
  const dev = spawn(process.execPath, [main, 'plugin', 'dev', folder, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const url = await urlOf(dev)
    const times: number[] = []
    for (let save = 1; save <= SAVES; save += 1) {
      await delay(QUIET_MS)
      const since = performance.now()
      await writeFile(file, source(String(save)))
      while ((await answerOf(url)) !== String(save)) await delay(1)
      times.push(performance.now() - since)
    }
    console.log(describe(name, times))
  } finally {
    dev.kill('SIGTERM')
    await rm(folder, { recursive: true })
  }
}

async function answerOf(url: string): Promise<string> {
  return (await fetch(url)).text()
}

async function urlOf({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += chunk
    const url = /on (http:\S+);/.exec(text)?.[1]
    if (url) break
  }
  // What else it prints is not read, and must not fill the pipe.
  stdout?.resume()
  const url = /on (http:\S+);/.exec(text)?.[1]
  if (!url) throw new Error(`plugin dev did not start:\n${text}`)
  return url
}

function describe(name: string, times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0)
  const [median, slowest] = [at(0.5), at(1)]
  const verdict = median < GOAL_MS ? 'under' : 'NOT under'
  const load = `load average ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`
  return `${name}: median of ${times.length} saves ${median} ms (slowest ${slowest} ms), ${verdict} ${GOAL_MS} ms; ${load}`
}
