import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Settings } from './settings.ts'

/** Where a figure comes from. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  readonly node: string
  readonly nginx: string
  readonly wrk: string
  readonly commit: string
}

/** Where the tools are looked for: Debian keeps nginx in a folder that is not on a user's path. */
export const searchPath = `${process.env.PATH ?? ''}${delimiter}/usr/sbin`

/** /proc counts CPU time in hundredths of a second. */
export const microsecondsPerTick = 10_000

const packages = { wrk: 'wrk', nginx: 'nginx', taskset: 'util-linux', strace: 'strace' }

export type Tool = keyof typeof packages

/** Fails in one line where a tool or the second core is missing. */
export function checkMachine(settings: Settings, tools: readonly Tool[] = ['wrk', 'nginx', 'taskset']): void {
  const missing = tools.filter((tool) => !onPath(tool))
  if (missing.length > 0) {
    const install = missing.map((tool) => packages[tool]).join(' ')
    throw new Error(`Run the bench failed: ${missing.join(' and ')} not found; on Debian: apt-get install ${install}`)
  }
  const needed = Math.max(settings.cores.proxy, settings.cores.load) + 1
  if (cpus().length < needed || settings.cores.proxy === settings.cores.load) {
    throw new Error(
      `Run the bench failed: it needs two cores, one for the proxy and one for wrk; found ${cpus().length}; set BENCH_CORES`,
    )
  }
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    nginx: firstLine('nginx', ['-v']).replace(/^.*\//, ''),
    wrk: firstLine('wrk', ['-v']).replace(/ Copyright.*$/, ''),
    commit: firstLine('git', ['describe', '--always', '--dirty']),
  }
}

/** Time that one core was not idle, stolen time and interrupts included, in microseconds. */
export function readCoreUse(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`cpu${core} `))
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '').split(' ').map(Number)
  return (user + nice + system + irq + softirq + steal) * microsecondsPerTick
}

function onPath(tool: string): boolean {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** The first line of either output stream; `wrk -v` writes to the one and exits with 1. */
function firstLine(command: string, parameters: readonly string[]): string {
  try {
    const quoted = [command, ...parameters].join(' ')
    return (
      execFileSync('/bin/sh', ['-c', `${quoted} 2>&1 || true`], {
        encoding: 'utf8',
        env: { ...process.env, PATH: searchPath },
      }).split('\n')[0] ?? ''
    )
  } catch {
    return 'unknown'
  }
}
