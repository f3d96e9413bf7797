import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type CapturedLog, captureLog } from './captured-log.ts'
import { type GatewayFiles, type GatewayFolder, makeGatewayFolder } from './gateway-folder.ts'

/** A gateway in a process of its own, as an operator would start it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly port: number
  /** Of the process that was started: the supervisor, where there is one. */
  readonly pid: number
  /** Settles when the process has ended, with how it did. */
  readonly exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  readonly folder: GatewayFolder
  readonly log: CapturedLog
  signal(name: NodeJS.Signals): void
  /** Resident memory in bytes: now, and the most there has been. */
  memory(): Promise<{ now: number; peak: number }>
}

/** How long the gateway may take to end; it is told to wait a second for open requests. */
const PATIENCE_MS = 10_000

const main = join(import.meta.dirname, '../../src/main.ts')

export interface ProcessOptions {
  /** With a supervisor before it, as `postern start` has it unless told otherwise. */
  readonly supervised?: boolean
  /** Node's options for all of its processes. What V8 then says as it dies is not shown. */
  readonly nodeOptions?: string
  /** Further options of `postern start`. */
  readonly args?: readonly string[]
}

export async function startGatewayProcess(
  files: GatewayFiles,
  { supervised = false, nodeOptions, args: more = [] }: ProcessOptions = {},
): Promise<GatewayProcess> {
  const folder = await makeGatewayFolder({
    ...files,
    config: { log_format: 'json', graceful_shutdown_timeout_duration: 1, ...files.config },
  })
  const args = [main, 'start', '--conf', folder.config, ...(supervised ? [] : ['--no-supervisor']), ...more]
  const env = nodeOptions === undefined ? process.env : { ...process.env, NODE_OPTIONS: nodeOptions }
  const child = spawn(process.execPath, args, {
    env,
    stdio: ['ignore', 'pipe', nodeOptions === undefined ? 'inherit' : 'ignore'],
  })
  const exited = once(child, 'exit') as GatewayProcess['exited']
  const log = captureLog()
  createInterface(child.stdout as NodeJS.ReadableStream).on('line', log.destination.write)
  const line = await Promise.race([log.waitFor(' listens on '), exited]).catch((error) => error as Error)
  const end = async () => {
    child.kill()
    let overdue = false
    const killer = setTimeout(() => {
      overdue = child.kill('SIGKILL')
    }, PATIENCE_MS)
    await exited
    clearTimeout(killer)
    await folder[Symbol.asyncDispose]()
    if (overdue) throw new Error(`The gateway did not end within ${PATIENCE_MS} ms of SIGTERM:\n${log.lines.join('\n')}`)
  }
  if (typeof line !== 'string') {
    await end()
    throw line instanceof Error ? line : new Error(`The gateway ended at once:\n${log.lines.join('\n')}`)
  }
  return {
    port: Number(new URL(JSON.parse(line).url).port),
    pid: child.pid as number,
    exited,
    folder,
    log,
    signal: (name) => void child.kill(name),
    async memory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
      return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 }
    },
    [Symbol.asyncDispose]: end,
  }
}
